package expr

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Read is one selector of a query, and what becomes of its series.
type Read struct {
	// Selector as it stands in the query, without its range.
	Selector string
	// Metric is the name of the series; empty where the selector does not fix it.
	Metric string
	// On are the labels that it has matchers on, sorted.
	On []string
	// Range that is read; 0 for an instant.
	Range time.Duration
	// Functions that the series go through, from the inside out. Aggregations are among them.
	Functions []string
}

// Through says that the series go through one of the functions.
func (r Read) Through(functions ...string) bool {
	return slices.ContainsFunc(r.Functions, func(f string) bool { return slices.Contains(functions, f) })
}

// Reads tells of each selector of the query, in the order of the text.
func (e Expr) Reads() []Read {
	var all []Read
	collectReads(e.root, nil, 0, &all)
	return all
}

func collectReads(node parser.Node, through []string, over time.Duration, all *[]Read) {
	switch n := node.(type) {
	case *parser.VectorSelector:
		*all = append(*all, newRead(n, through, over))
		return
	case *parser.MatrixSelector:
		collectReads(n.VectorSelector, through, n.Range, all)
		return
	case *parser.Call:
		through = append([]string{n.Func.Name}, through...)
	case *parser.AggregateExpr:
		through = append([]string{n.Op.String()}, through...)
	case *parser.SubqueryExpr:
		through = append([]string{"subquery"}, through...)
	}
	for child := range parser.ChildrenIter(node) {
		collectReads(child, through, over, all)
	}
}

func newRead(n *parser.VectorSelector, through []string, over time.Duration) Read {
	r := Read{Range: over, Functions: through}
	for _, m := range n.LabelMatchers {
		r.On = append(r.On, m.Name)
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			r.Metric = m.Value
		}
	}
	slices.Sort(r.On)
	plain := parser.VectorSelector{Name: n.Name, LabelMatchers: n.LabelMatchers}
	r.Selector = plain.String()
	return r
}

// Divides says that something is divided by series, so that the answer may be NaN or infinite.
func (e Expr) Divides() bool {
	for node := range nodes(e.root) {
		if n, ok := node.(*parser.BinaryExpr); ok && (n.Op == parser.DIV || n.Op == parser.MOD) && readsSeries(n.RHS) {
			return true
		}
	}
	return false
}

// undefined are the functions that give NaN or an infinite value for some finite samples.
var undefined = []string{
	"acos", "acosh", "asin", "atanh", "exp", "histogram_avg", "histogram_fraction", "histogram_quantile", "histogram_quantiles",
	"ln", "log10", "log2", "sqrt",
}

// MayBeUndefined reports whether the query can give NaN or an infinite value for finite samples.
func (e Expr) MayBeUndefined() bool {
	for node := range nodes(e.root) {
		switch n := node.(type) {
		case *parser.BinaryExpr:
			if n.Op == parser.POW {
				return true
			}
		case *parser.Call:
			if slices.Contains(undefined, n.Func.Name) {
				return true
			}
		}
	}
	return e.Divides()
}
