package expr

import (
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Selector is one selector of a query, with the functions that its series pass through.
type Selector struct {
	// Text of the selector in the query, without its range.
	Text string
	// Metric is the name of the series; empty where the selector does not fix it.
	Metric string
	// MatchedLabels are the labels that it has matchers on, sorted.
	MatchedLabels []string
	// Range of the selector; 0 for an instant selector.
	Range time.Duration
	// Functions and aggregations that the series pass through, from the inside out.
	Functions []string
}

// Through reports whether the series pass through one of the functions.
func (r Selector) Through(functions ...string) bool {
	return slices.ContainsFunc(r.Functions, func(f string) bool { return slices.Contains(functions, f) })
}

// Selectors returns the selectors of the query, in the order of the text.
func (e Expr) Selectors() []Selector {
	var all []Selector
	collectSelectors(e.root, nil, 0, &all)
	return all
}

func collectSelectors(node parser.Node, through []string, over time.Duration, all *[]Selector) {
	switch n := node.(type) {
	case *parser.VectorSelector:
		*all = append(*all, newSelector(n, through, over))
		return
	case *parser.MatrixSelector:
		collectSelectors(n.VectorSelector, through, n.Range, all)
		return
	case *parser.Call:
		through = append([]string{n.Func.Name}, through...)
	case *parser.AggregateExpr:
		through = append([]string{n.Op.String()}, through...)
	case *parser.SubqueryExpr:
		through = append([]string{"subquery"}, through...)
	}
	for child := range parser.ChildrenIter(node) {
		collectSelectors(child, through, over, all)
	}
}

func newSelector(n *parser.VectorSelector, through []string, over time.Duration) Selector {
	r := Selector{Range: over, Functions: through}
	for _, m := range n.LabelMatchers {
		r.MatchedLabels = append(r.MatchedLabels, m.Name)
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			r.Metric = m.Value
		}
	}
	slices.Sort(r.MatchedLabels)
	plain := parser.VectorSelector{Name: n.Name, LabelMatchers: n.LabelMatchers}
	r.Text = plain.String()
	return r
}

// Divides reports whether the query divides by series, so that the result can be NaN or infinite.
func (e Expr) Divides() bool {
	for node := range nodes(e.root) {
		if n, ok := node.(*parser.BinaryExpr); ok && (n.Op == parser.DIV || n.Op == parser.MOD) && readsSeries(n.RHS) {
			return true
		}
	}
	return false
}

// undefinedFunctions return NaN or an infinite value for some finite samples.
var undefinedFunctions = []string{
	"acos", "acosh", "asin", "atanh", "exp", "histogram_avg", "histogram_fraction", "histogram_quantile", "histogram_quantiles",
	"ln", "log10", "log2", "sqrt",
}

// MayBeUndefined reports whether the query can return NaN or an infinite value for finite samples.
func (e Expr) MayBeUndefined() bool {
	for node := range nodes(e.root) {
		switch n := node.(type) {
		case *parser.BinaryExpr:
			if n.Op == parser.POW {
				return true
			}
		case *parser.Call:
			if slices.Contains(undefinedFunctions, n.Func.Name) {
				return true
			}
		}
	}
	return e.Divides()
}

// ParseSelector parses a series selector, such as x{a="b"}, and returns its matchers, with the metric name as a matcher
// on __name__. Callers must not change them.
func ParseSelector(text string) (Expr, []*labels.Matcher, error) {
	e, err := Parse(text)
	if err != nil {
		return Expr{}, nil, err
	}
	matchers, err := promql.ParseMetricSelector(e.text)
	if err != nil {
		return Expr{}, nil, fmt.Errorf("%s is not a series selector, such as http_requests_total{namespace!=\"\"}: %w", e, err)
	}
	return e, matchers, nil
}
