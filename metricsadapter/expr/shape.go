package expr

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Shape is what a query's text tells of its answer.
type Shape struct {
	// Labels that each element of the answer carries, sorted. Only where Known.
	Labels []string
	// Known is false where the labels depend on the series, as for a bare selector.
	Known bool
	// Fold merges elements that differ only in some of their labels, as if those labels had been left out of the grouping.
	// NoFold where that cannot be had from the answer, as for an average.
	Fold Fold
}

// Fold is a way to merge several values to one.
type Fold uint8

// The folds.
const (
	NoFold Fold = iota
	Sum
	Min
	Max
)

// Shape tells the labels of the answer. It follows the query from its outermost operation inwards as far as each
// operation keeps the labels of its operand.
func (e Expr) Shape() Shape { return shape(e.root) }

func shape(node parser.Expr) Shape {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return shape(n.Expr)
	case *parser.UnaryExpr:
		return unfolded(shape(n.Expr))
	case *parser.AggregateExpr:
		return aggregation(n)
	case *parser.BinaryExpr:
		return binary(n)
	case *parser.Call:
		return call(n)
	case *parser.NumberLiteral:
		return Shape{Known: true}
	}
	return Shape{}
}

func aggregation(n *parser.AggregateExpr) Shape {
	if n.Without || keepsOrAddsLabels(n.Op) {
		return Shape{}
	}
	return Shape{Labels: n.Grouping, Known: true, Fold: folds[n.Op]}
}

// keepsOrAddsLabels says that the grouping does not tell the labels: the operation picks elements with all their
// labels, or makes a label of its own.
func keepsOrAddsLabels(op parser.ItemType) bool {
	switch op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO, parser.COUNT_VALUES:
		return true
	}
	return false
}

// folds of the operations that can be applied a second time to their own answers. Counts are added.
var folds = map[parser.ItemType]Fold{parser.SUM: Sum, parser.COUNT: Sum, parser.MIN: Min, parser.MAX: Max}

func binary(n *parser.BinaryExpr) Shape {
	left, right := n.LHS.Type() == parser.ValueTypeVector, n.RHS.Type() == parser.ValueTypeVector
	switch {
	case left && !right:
		return unfolded(shape(n.LHS))
	case right && !left:
		return unfolded(shape(n.RHS))
	case !left:
		return Shape{Known: true}
	case n.Op == parser.LAND || n.Op == parser.LUNLESS:
		return unfolded(shape(n.LHS))
	case n.VectorMatching.On || len(n.VectorMatching.MatchingLabels) > 0 || len(n.VectorMatching.Include) > 0:
		return Shape{}
	}
	l, r := shape(n.LHS), shape(n.RHS)
	if l.Known && r.Known && slices.Equal(l.Labels, r.Labels) {
		return unfolded(l)
	}
	return Shape{}
}

// keeping names the functions that keep their vector's labels, and which argument the vector is.
var keeping = map[string]int{
	"abs": 0, "ceil": 0, "clamp": 0, "clamp_max": 0, "clamp_min": 0, "deg": 0, "exp": 0, "floor": 0, "ln": 0, "log10": 0,
	"log2": 0, "rad": 0, "round": 0, "sgn": 0, "sort": 0, "sort_desc": 0, "sqrt": 0,
	"histogram_avg": 0, "histogram_count": 0, "histogram_sum": 0, "histogram_stddev": 0, "histogram_quantile": 1,
}

func call(n *parser.Call) Shape {
	if n.Type() == parser.ValueTypeScalar || n.Func.Name == "vector" {
		return Shape{Known: true}
	}
	argument, ok := keeping[n.Func.Name]
	if !ok || argument >= len(n.Args) {
		return Shape{}
	}
	s := unfolded(shape(n.Args[argument]))
	if n.Func.Name == "histogram_quantile" {
		s.Labels = slices.DeleteFunc(slices.Clone(s.Labels), func(label string) bool { return label == "le" })
	}
	return s
}

func unfolded(s Shape) Shape {
	s.Fold = NoFold
	return s
}

// Window is the longest time that the query looks back by a range, such as 5m in rate(x[5m]); ranges within a subquery
// add to it. 0 for a query of instant selectors only: how old a sample may then be is the server's lookback.
func (e Expr) Window() time.Duration { return window(e.root) }

func window(node parser.Node) time.Duration {
	var longest time.Duration
	for child := range parser.ChildrenIter(node) {
		longest = max(longest, window(child))
	}
	switch n := node.(type) {
	case *parser.MatrixSelector:
		return longest + n.Range
	case *parser.SubqueryExpr:
		return longest + n.Range
	}
	return longest
}

// Instant says that a selector of the query reads the newest sample before an instant, however old: the server's
// lookback bounds its age.
func (e Expr) Instant() bool { return instant(e.root) }

func instant(node parser.Node) bool {
	switch node.(type) {
	case *parser.MatrixSelector:
		return false
	case *parser.VectorSelector:
		return true
	}
	for child := range parser.ChildrenIter(node) {
		if instant(child) {
			return true
		}
	}
	return false
}
