package lint

import (
	"strings"

	"flyball.dev/flyball/metricsadapter/rule"
)

// compareWithAdapter reports what is otherwise than with prometheus-adapter for a metric of its configuration, and only what concerns
// it. docs/prometheus-adapter.md has all differences with their reasons.
func (l *linter) compareWithAdapter() {
	g, a := l.Grouped, l.Grouped.AdapterOrigin
	if a == nil {
		return
	}
	if l.Grouped.Expr.MayBeUndefined() {
		l.addDifference("a value that is NaN or infinite is unknown, and never 0 or another number (NaN)")
	}
	l.addDifference("a sample carries its own time and its query's window, and one older than 2m is unknown (timestamps)")
	if len(a.KeptMatchers) > 0 {
		l.addDifference("seriesQuery's matchers on " + strings.Join(a.KeptMatchers, ", ") + " are kept in the query (seriesQuery's matchers)")
	}
	if !a.Discovers {
		return
	}
	if a.MetricsFixed {
		l.addDifference("the rule fixes the series' name and labels, so that its metrics are there whether or not there is a series (discovery by configuration)")
	} else {
		l.addDifference("the metrics that were found stay while Prometheus does not answer (discovery by configuration)")
	}
	if g.Scope == rule.ClusterScope && (g.Labels.Namespace != "" || g.Labels.Object != "") {
		l.addDifference("one query is asked for all namespaces and objects (queries)")
	}
	if g.TakesMatchers {
		l.addDifference("the values of a metric selector mean themselves, not patterns (selectors)")
	} else {
		l.addDifference("the query takes no metric selector: one picks among the labels of the answer or is refused, where prometheus-adapter drops it (selectors)")
	}
}

// addDifference adds a difference. It stands beside the rule, not beside each of its metrics, and each once.
func (l *linter) addDifference(text string) {
	l.findings = append(l.findings, rule.Finding{Severity: rule.Info, Rule: l.Grouped.Rule, Message: "differs from prometheus-adapter: " + text})
}
