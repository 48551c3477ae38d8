package expr

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Result describes the result of a query, as far as its text determines it.
type Result struct {
	// Labels of each element of the result, sorted. Set only where LabelsKnown.
	Labels []string
	// LabelsKnown is false where the labels depend on the series, as for a bare selector.
	LabelsKnown bool
	// Aggregation combines elements that differ only in some labels, as if the query did not group by those labels.
	// NoAggregation where the result is not sufficient for that, as for an average.
	Aggregation Aggregation
}

// Aggregation combines several values into one.
type Aggregation uint8

// The aggregations.
const (
	NoAggregation Aggregation = iota
	Sum
	Min
	Max
)

// Result determines the labels of the result. It follows the query from its outermost operation inwards while each
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

// keepsOrAddsLabels reports whether the grouping does not determine the labels: the operation returns elements with all
// their labels, or adds a label.
func keepsOrAddsLabels(op parser.ItemType) bool {
	switch op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO, parser.COUNT_VALUES:
		return true
	}
	return false
}

// reaggregations are the aggregations that can be applied to partial results. Counts are summed.
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

// labelKeepingFunctions are the functions that keep the labels of their vector, with the index of that argument.
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

// Window returns the longest range that the query reads, such as 5m for rate(x[5m]). Ranges within a subquery add to
// the subquery's. It is 0 for a query of instant selectors only, whose sample age the server's lookback bounds.
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

// ReadsInstant reports whether a selector of the query reads the newest sample before an instant. The server's lookback
// bounds the age of that sample.
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
