package expr

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/strutil"
)

// Limits of one query. Parsing and printing take time that grows with the square of tokens and nesting, and a short
// regular expression can take seconds to compile. So these limits are checked before the parser runs.
const (
	// MaxLength of a query's text in bytes.
	MaxLength = 16 << 10
	// MaxDepth of nested brackets and signs. Hand-written queries nest about ten levels.
	MaxDepth = 64
	// MaxTokens of a query: names, numbers, strings, operators, keywords, brackets and commas. The syntax tree has no more
	// nodes than that.
	MaxTokens = 4000
	// MaxRegexpSize of all regular expressions of a query together, in instructions of the compiled program. A literal has
	// one for each character, and x{100} has 100.
	MaxRegexpSize = 20_000

	// maxUnicodeClasses of the form \p{L} in the regular expressions of a query. Each has up to 1,300 ranges.
	maxUnicodeClasses = 32
	// maxFoldedRanges beyond ASCII in case-insensitive regular expressions. The standard library folds such a range one
	// character at a time, 125,000 in total.
	maxFoldedRanges = 2
)

// checkLimits returns an error where a query exceeds a limit, in time proportional to its length.
func checkLimits(query string) error {
	if len(query) > MaxLength {
		return fmt.Errorf("the query is %d bytes long, more than the %d allowed", len(query), MaxLength)
	}
	var s limitScan
	lexer, item := parser.Lex(query), parser.Item{}
	for {
		lexer.NextItem(&item)
		switch item.Typ {
		case parser.EOF, parser.ERROR: // the parser stops here, too, and reports the error
			return nil
		case parser.COMMENT:
			continue
		}
		if err := s.next(item); err != nil {
			return err
		}
	}
}

// limitScan counts the tokens of one query.
type limitScan struct {
	tokens int
	// open brackets, and the signs in a row before the token.
	open, signs int
	last        parser.ItemType
	regexps     regexpCost
}

func (s *limitScan) next(item parser.Item) error {
	if s.tokens++; s.tokens > MaxTokens {
		return fmt.Errorf("the query has more than %d tokens: evaluate parts of it with a recording rule", MaxTokens)
	}
	previous := s.last
	s.last = item.Typ
	if item.Typ != parser.ADD && item.Typ != parser.SUB {
		s.signs = 0
	}
	switch item.Typ {
	case parser.LEFT_PAREN, parser.LEFT_BRACE, parser.LEFT_BRACKET:
		s.open++
	case parser.RIGHT_PAREN, parser.RIGHT_BRACE, parser.RIGHT_BRACKET:
		s.open--
	case parser.ADD, parser.SUB:
		s.signs++
	case parser.STRING:
		if previous == parser.EQL_REGEX || previous == parser.NEQ_REGEX {
			return s.regexps.add(item.Val)
		}
	}
	if s.open+s.signs > MaxDepth {
		return fmt.Errorf("the query is nested more than %d levels deep at byte %d: evaluate the inner part with a recording rule", MaxDepth, item.Pos)
	}
	return nil
}

// regexpCost sums the costs of the regular expressions of one query.
type regexpCost struct{ size, classes, folded int }

// add counts a regular expression, written as a PromQL string literal.
func (c *regexpCost) add(literal string) error {
	text, err := strutil.Unquote(literal)
	if err != nil {
		return nil //nolint:nilerr // the parser reports it, with its position
	}
	classes, folded := scanClasses(text)
	c.classes += classes
	c.folded += folded
	if c.classes > maxUnicodeClasses {
		return fmt.Errorf(`the regular expressions of the query have more than %d character classes of the form \p{L}`, maxUnicodeClasses)
	}
	if c.folded > maxFoldedRanges {
		return fmt.Errorf("the case-insensitive regular expressions of the query have more than %d ranges beyond ASCII", maxFoldedRanges)
	}
	parsed, err := syntax.Parse(text, syntax.Perl|syntax.DotNL)
	if err != nil {
		return fmt.Errorf("the regular expression %s: %w", shortened(text), withoutExpression(err))
	}
	if c.size += programSize(parsed, MaxRegexpSize); c.size > MaxRegexpSize {
		return fmt.Errorf("the regular expressions of the query compile to more than %d instructions: use fewer or smaller repetitions", MaxRegexpSize)
	}
	return nil
}

// withoutExpression removes the expression from a syntax error, because it can be as long as the query.
func withoutExpression(err error) error {
	if known, ok := errors.AsType[*syntax.Error](err); ok {
		return fmt.Errorf("%s: %s", known.Code, shortened(known.Expr))
	}
	return err
}

func shortened(text string) string {
	const most = 80
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.Quote(text)
}

// scanClasses counts, without parsing, the possible Unicode classes of a regular expression and, where it may be
// case-insensitive, the possible ends of ranges beyond ASCII.
func scanClasses(text string) (unicode, folded int) {
	unicode = strings.Count(text, `\p`) + strings.Count(text, `\P`)
	if !foldsCase(text) {
		return unicode, 0
	}
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '-' && (text[i+1] >= 0x80 || escapesNumber(text[i+1:])) {
			folded++
		}
	}
	return unicode, folded
}

// escapesNumber reports whether the text starts with a numeric escape such as \x{1e900}.
func escapesNumber(text string) bool {
	return len(text) > 1 && text[0] == '\\' && (text[1] == 'x' || text[1] >= '0' && text[1] <= '7')
}

// foldsCase reports whether a group of the expression may set the flag i.
func foldsCase(text string) bool {
	for {
		_, after, found := strings.Cut(text, "(?")
		if !found {
			return false
		}
		flags := strings.IndexFunc(after, func(r rune) bool { return !strings.ContainsRune("imsU-", r) })
		if flags < 0 {
			flags = len(after)
		}
		if strings.Contains(after[:flags], "i") {
			return true
		}
		text = after
	}
}

// programSize estimates the number of compiled instructions, and stops counting above a limit.
func programSize(re *syntax.Regexp, limit int) int {
	size := 1
	switch re.Op {
	case syntax.OpLiteral:
		size = len(re.Rune)
	case syntax.OpCharClass:
		size += len(re.Rune) / 16
	}
	for _, sub := range re.Sub {
		if size > limit {
			return size
		}
		size += programSize(sub, limit)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(1, re.Min, re.Max)
	}
	return size
}
