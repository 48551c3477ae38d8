package lint

import (
	"strings"

	"flyball.dev/flyball/metricsadapter/rule"
)

// compareWithAdapter reports differences from prometheus-adapter for a metric of its configuration, as far as they
// apply to it. docs/prometheus-adapter.md lists all differences with their reasons.
func (l *linter) compareWithAdapter() {
	g, a := l.Grouped, l.Grouped.AdapterOrigin
	if a == nil {
		return
	}
	if l.Grouped.Expr.MayBeUndefined() {
		l.addDifference("a NaN or infinite value is unknown, and never 0 or another number (NaN)")
	}
	l.addDifference("a sample has its own timestamp and its query's window, and is unknown when older than 2m (timestamps)")
	if len(a.KeptMatchers) > 0 {
		l.addDifference("seriesQuery's matchers on " + strings.Join(a.KeptMatchers, ", ") + " remain in the query (seriesQuery's matchers)")
	}
	if !a.Discovers {
		return
	}
	if a.MetricsFixed {
		l.addDifference("the rule determines the series' name and labels, so that its metrics are listed even without series (discovery by configuration)")
	} else {
		l.addDifference("discovered metrics stay listed while Prometheus does not respond (discovery by configuration)")
	}
	if g.Scope == rule.ClusterScope && (g.Labels.Namespace != "" || g.Labels.Object != "") {
		l.addDifference("one query serves all namespaces and objects (queries)")
	}
	if g.TakesMatchers {
		l.addDifference("the values of a metric selector match literally, not as regular expressions (selectors)")
	} else {
		l.addDifference("the query takes no metric selector: a selector filters by labels of the result or is rejected, where prometheus-adapter ignores it (selectors)")
	}
}

// addDifference adds a difference to the rule, once for all of its metrics.
func (l *linter) addDifference(text string) {
	l.findings = append(l.findings, rule.Finding{Severity: rule.Info, Rule: l.Grouped.Rule, Message: "differs from prometheus-adapter: " + text})
}
