package expr

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Result is what a query's text tells of its answer.
type Result struct {
	// Labels that each element of the answer carries, sorted. Only where Known.
	Labels []string
	// LabelsKnown is false where the labels depend on the series, as for a bare selector.
	LabelsKnown bool
	// Aggregation merges elements that differ only in some of their labels, as if those labels had been left out of the grouping.
	// NoFold where that cannot be had from the answer, as for an average.
	Aggregation Aggregation
}

// Aggregation is a way to merge several values to one.
type Aggregation uint8

// The folds.
const (
	NoAggregation Aggregation = iota
	Sum
	Min
	Max
)

// Result tells the labels of the answer. It follows the query from its outermost operation inwards as far as each
// operation keeps the labels of its operand.
func (e Expr) Result() Result { return resultOf(e.root) }

func resultOf(node parser.Expr) Result {
	switch n := node.(type) {
	case *parser.ParenExpr:
		return resultOf(n.Expr)
	case *parser.UnaryExpr:
		return withoutAggregation(resultOf(n.Expr))
	case *parser.AggregateExpr:
		return aggregationResult(n)
	case *parser.BinaryExpr:
		return binaryResult(n)
	case *parser.Call:
		return callResult(n)
	case *parser.NumberLiteral:
		return Result{LabelsKnown: true}
	}
	return Result{}
}

func aggregationResult(n *parser.AggregateExpr) Result {
	if n.Without || keepsOrAddsLabels(n.Op) {
		return Result{}
	}
	return Result{Labels: n.Grouping, LabelsKnown: true, Aggregation: reaggregations[n.Op]}
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

// reaggregations of the operations that can be applied a second time to their own answers. Counts are added.
var reaggregations = map[parser.ItemType]Aggregation{parser.SUM: Sum, parser.COUNT: Sum, parser.MIN: Min, parser.MAX: Max}

func binaryResult(n *parser.BinaryExpr) Result {
	left, right := n.LHS.Type() == parser.ValueTypeVector, n.RHS.Type() == parser.ValueTypeVector
	switch {
	case left && !right:
		return withoutAggregation(resultOf(n.LHS))
	case right && !left:
		return withoutAggregation(resultOf(n.RHS))
	case !left:
		return Result{LabelsKnown: true}
	case n.Op == parser.LAND || n.Op == parser.LUNLESS:
		return withoutAggregation(resultOf(n.LHS))
	case n.VectorMatching.On || len(n.VectorMatching.MatchingLabels) > 0 || len(n.VectorMatching.Include) > 0:
		return Result{}
	}
	l, r := resultOf(n.LHS), resultOf(n.RHS)
	if l.LabelsKnown && r.LabelsKnown && slices.Equal(l.Labels, r.Labels) {
		return withoutAggregation(l)
	}
	return Result{}
}

// labelKeepingFunctions names the functions that keep their vector's labels, and which argument the vector is.
var labelKeepingFunctions = map[string]int{
	"abs": 0, "ceil": 0, "clamp": 0, "clamp_max": 0, "clamp_min": 0, "deg": 0, "exp": 0, "floor": 0, "ln": 0, "log10": 0,
	"log2": 0, "rad": 0, "round": 0, "sgn": 0, "sort": 0, "sort_desc": 0, "sqrt": 0,
	"histogram_avg": 0, "histogram_count": 0, "histogram_sum": 0, "histogram_stddev": 0, "histogram_quantile": 1,
}

func callResult(n *parser.Call) Result {
	if n.Type() == parser.ValueTypeScalar || n.Func.Name == "vector" {
		return Result{LabelsKnown: true}
	}
	argument, ok := labelKeepingFunctions[n.Func.Name]
	if !ok || argument >= len(n.Args) {
		return Result{}
	}
	s := withoutAggregation(resultOf(n.Args[argument]))
	if n.Func.Name == "histogram_quantile" {
		s.Labels = slices.DeleteFunc(slices.Clone(s.Labels), func(label string) bool { return label == "le" })
	}
	return s
}

func withoutAggregation(s Result) Result {
	s.Aggregation = NoAggregation
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

// ReadsInstant says that a selector of the query reads the newest sample before an instant, however old: the server's
// lookback bounds its age.
func (e Expr) ReadsInstant() bool { return readsInstant(e.root) }

func readsInstant(node parser.Node) bool {
	switch node.(type) {
	case *parser.MatrixSelector:
		return false
	case *parser.VectorSelector:
		return true
	}
	for child := range parser.ChildrenIter(node) {
		if readsInstant(child) {
			return true
		}
	}
	return false
}
