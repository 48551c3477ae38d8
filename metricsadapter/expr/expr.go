package expr

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Expr is a parsed query. It is immutable: methods that change a query return a new one.
type Expr struct {
	root parser.Expr
	text string
}

// Parse parses a query that returns an instant vector or a scalar. The error states the reason and the position. Parse
// rejects a query that exceeds [MaxLength], [MaxDepth], [MaxTokens] or [MaxRegexpSize] before it runs the parser.
func Parse(query string) (Expr, error) {
	if strings.TrimSpace(query) == "" {
		return Expr{}, errors.New("the query is empty")
	}
	if err := checkLimits(query); err != nil {
		return Expr{}, err
	}
	root, err := parse(query)
	if err != nil {
		return Expr{}, syntaxError(query, err)
	}
	switch root.Type() {
	case parser.ValueTypeVector, parser.ValueTypeScalar:
	default:
		return Expr{}, fmt.Errorf("the query returns a %s, not an instant vector or a scalar: "+
			"apply a function such as rate() to a range", parser.DocumentedType(root.Type()))
	}
	return canonical(root), nil
}

func parse(query string) (parser.Expr, error) { return promql.ParseExpr(query) }

// String returns the canonical text. It is the same for queries that differ only in white space, in the order of
// matchers or in the order of grouping labels.
func (e Expr) String() string { return e.text }

// canonical takes ownership of root, sorts matchers and grouping labels, and prints it.
func canonical(root parser.Expr) Expr {
	for node := range nodes(root) {
		switch n := node.(type) {
		case *parser.VectorSelector:
			n.LabelMatchers = sortMatchers(n.LabelMatchers)
		case *parser.AggregateExpr:
			n.Grouping = sortNames(n.Grouping)
		}
	}
	return Expr{root: root, text: root.String()}
}

func sortMatchers(matchers []*labels.Matcher) []*labels.Matcher {
	slices.SortFunc(matchers, func(a, b *labels.Matcher) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Value, b.Value))
	})
	return slices.CompactFunc(matchers, func(a, b *labels.Matcher) bool {
		return a.Name == b.Name && a.Type == b.Type && a.Value == b.Value
	})
}

func sortNames(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// nodes iterates over the nodes of a tree, parents first.
func nodes(root parser.Expr) func(yield func(parser.Node) bool) {
	return func(yield func(parser.Node) bool) { walk(root, yield) }
}

func walk(node parser.Node, yield func(parser.Node) bool) bool {
	if !yield(node) {
		return false
	}
	for child := range parser.ChildrenIter(node) {
		if !walk(child, yield) {
			return false
		}
	}
	return true
}
