package scenario

import (
	"fmt"
	"strings"
	"unicode"
)

// line is read word by word. The first thing that is wrong with it stays in err, and whatever is read after that is
// nothing, so that its reader need not look at each word's error.
type line struct {
	at   int // the line's number
	rest string
	err  *Error
}

func (t text) read() *line { return &line{at: t.number, rest: strings.TrimSpace(t.words)} }

func (l *line) fail(word, problem string, args ...any) {
	if l.err == nil {
		l.err = &Error{Line: l.at, Word: word, Problem: fmt.Sprintf(problem, args...)}
	}
}

// end gives what was wrong with the line, also that there is more of it than belongs there.
func (l *line) end() error {
	if l.more() {
		l.fail(l.rest, "is too much: the line should end before it")
	}
	if l.err != nil {
		return l.err
	}
	return nil
}

func (l *line) more() bool { return l.err == nil && l.rest != "" }

// peek gives the next word, and what follows it, without taking it.
func (l *line) peek() (word, after string) {
	end := strings.IndexFunc(l.rest, unicode.IsSpace)
	if end < 0 {
		end = len(l.rest)
	}
	return l.rest[:end], strings.TrimSpace(l.rest[end:])
}

// word takes the next one; what is what it should be, as in the sentence that it is none.
func (l *line) word(what string) string {
	if !l.more() {
		l.fail("", "the line ends too soon: it has no %s", what)
		return ""
	}
	word, after := l.peek()
	l.rest = after
	return word
}

// quoted takes words between quotation marks.
func (l *line) quoted(what string) string {
	if !strings.HasPrefix(l.rest, `"`) {
		l.fail(l.word(what), `is not in quotation marks: write the %s as in "0 9 * * 1-5"`, what)
		return ""
	}
	words, rest, closed := strings.Cut(l.rest[1:], `"`)
	if !closed {
		l.fail(l.rest, "has no closing quotation mark")
	}
	l.rest = strings.TrimSpace(rest)
	return words
}

// sentence takes all that is left.
func (l *line) sentence(what string) string {
	if !l.more() {
		l.fail("", "the line ends too soon: it has no %s", what)
	}
	words := strings.Join(strings.Fields(l.rest), " ")
	l.rest = ""
	return words
}

// option is a word that is allowed, and what it means.
type option[T any] struct {
	word    string
	meaning T
}

func choose[T any](l *line, what string, options []option[T]) T {
	var words []string
	for _, o := range options {
		words = append(words, o.word)
	}
	word := l.word(fmt.Sprintf("%s (%s)", what, either(words)))
	for _, o := range options {
		if o.word == word {
			return o.meaning
		}
	}
	l.fail(word, "is no %s: use %s", what, either(words))
	var none T
	return none
}

// settings reads NAME=VALUE....
func settings[T any](head *line, what string, words []option[func(*line, *T)], of *T) error {
	seen := map[string]bool{}
	for head.more() {
		name, value, _ := strings.Cut(head.word("setting"), "=")
		setting, given := &line{at: head.at, rest: name}, &line{at: head.at, rest: value}
		set := choose(setting, what, words)
		if seen[name] {
			setting.fail(name, "is told twice")
		}
		if seen[name] = true; setting.err != nil {
			return setting.err
		}
		set(given, of)
		if err := given.end(); err != nil {
			return err
		}
	}
	return nil
}
