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

// Expr is a parsed query. It is never changed; what changes a query gives a new one.
type Expr struct {
	root parser.Expr
	text string
}

// Parse reads a query whose answer can be an instant vector or a scalar. The error says what is wrong and where; a query
// that exceeds [MaxLength], [MaxDepth], [MaxTokens] or [MaxRegexpSize] is refused before it is parsed.
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
		return Expr{}, fmt.Errorf("the query gives a %s, which is not a number: "+
			"wrap a range in a function such as rate()", parser.DocumentedType(root.Type()))
	}
	return canonical(root), nil
}

func parse(query string) (parser.Expr, error) { return promql.ParseExpr(query) }

// String is the canonical text: equal queries that differ in space, in the order of their matchers or in the order of
// their grouping labels have the same.
func (e Expr) String() string { return e.text }

// canonical takes root over, sorts what has no order, and prints it.
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

// nodes gives a tree's nodes, parents first.
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
