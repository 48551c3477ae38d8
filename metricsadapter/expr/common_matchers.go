package expr

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// CommonMatchers returns the matchers on a label that every selector of the query has, so that each element of the
// result that carries the label satisfies them. It returns none where the query sets the label itself. Callers must not
// change the matchers.
func (e Expr) CommonMatchers(label string) []*labels.Matcher {
	var common []*labels.Matcher
	first := true
	for node := range nodes(e.root) {
		if writesLabel(node, label) {
			return nil
		}
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			continue
		}
		var on []*labels.Matcher
		for _, m := range selector.LabelMatchers {
			if m.Name == label {
				on = append(on, m)
			}
		}
		if first {
			common, first = on, false
			continue
		}
		common = slices.DeleteFunc(common, func(m *labels.Matcher) bool {
			return !slices.ContainsFunc(on, func(o *labels.Matcher) bool { return o.Type == m.Type && o.Value == m.Value })
		})
	}
	return common
}

// writesLabel reports whether a node sets the label of its elements.
func writesLabel(node parser.Node, label string) bool {
	switch n := node.(type) {
	case *parser.AggregateExpr:
		text, ok := n.Param.(*parser.StringLiteral)
		return n.Op == parser.COUNT_VALUES && (!ok || text.Val == label)
	case *parser.Call:
		switch n.Func.Name {
		case "label_replace", "label_join":
			text, ok := n.Args[destinationArgument].(*parser.StringLiteral)
			return !ok || text.Val == label
		case "info", "absent", "absent_over_time":
			return true
		}
	}
	return false
}
