package rule

import (
	"slices"
	"strings"
	"text/template/parse"

	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// narrowingHint says, as the end of a sentence, which metric selectors narrow a query that takes no matchers.
func (t *templateQuery) narrowingHint() string {
	const probe = "flyball_probe"
	if t.usesLabel(probe) {
		return "; a metric selector restricts it, because the template contains each label of <<.LabelValuesByName>>"
	}
	named := slices.DeleteFunc(t.template.names(), func(label string) bool { return !t.usesLabel(label) })
	if len(named) == 0 {
		return ", and no metric selector restricts it"
	}
	return "; only a metric selector on " + strings.Join(named, " or ") + " restricts it"
}

// usesLabel reports whether the query has a place for the value of a label that a selector asks for.
func (t *templateQuery) usesLabel(label string) bool {
	form, err := t.template.render(t.series, t.groupBy, t.valueLabels(map[string][]string{label: nil}))
	return err == nil && form.UsesValueOf(label)
}

// names are the texts and fields of a template that may name a label: all that <<.LabelValuesByName.queue>>,
// <<index .LabelValuesByName "queue">> and <<if eq $label "queue">> name.
func (t queryTemplate) names() []string {
	var all []string
	var visit func(node parse.Node)
	list := func(nodes *parse.ListNode) {
		if nodes != nil {
			for _, node := range nodes.Nodes {
				visit(node)
			}
		}
	}
	branch := func(b parse.BranchNode) { visit(b.Pipe); list(b.List); list(b.ElseList) }
	visit = func(node parse.Node) {
		switch n := node.(type) {
		case *parse.ActionNode:
			visit(n.Pipe)
		case *parse.IfNode:
			branch(n.BranchNode)
		case *parse.RangeNode:
			branch(n.BranchNode)
		case *parse.WithNode:
			branch(n.BranchNode)
		case *parse.PipeNode:
			for _, command := range n.Cmds {
				for _, argument := range command.Args {
					visit(argument)
				}
			}
		case *parse.StringNode:
			all = append(all, n.Text)
		case *parse.FieldNode:
			all = append(all, n.Ident[1:]...)
		case *parse.VariableNode:
			all = append(all, n.Ident[1:]...)
		}
	}
	list(t.template.Root)
	slices.Sort(all)
	return slices.Compact(all)
}

// keptLabels are the labels on which the query has matchers that metricsQuery does not have.
func (t *templateQuery) keptLabels(query expr.Expr) []string {
	var kept []string
	written := t.query.Selectors()
	for i, read := range query.Selectors() {
		for _, label := range read.MatchedLabels {
			if i < len(written) && !slices.Contains(written[i].MatchedLabels, label) && label != t.namespace && label != t.object {
				kept = append(kept, label)
			}
		}
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// setOrigin says of a query what it has of the rule that found its series. A matcher by which seriesQuery finds the series that
// have a label for an object, as pod!="", is not counted as kept.
func (d *discoveryRule) setOrigin(a *AdapterOrigin) {
	_, a.MetricsFixed = d.configuredSeries()
	a.Discovers = true
	a.KeptMatchers = slices.DeleteFunc(a.KeptMatchers, func(label string) bool {
		_, named := d.labels.overrides[label]
		return named && !slices.ContainsFunc(d.selector.matchers, func(m *labels.Matcher) bool {
			return m.Name == label && (m.Type != labels.MatchNotEqual || m.Value != "")
		})
	})
}
