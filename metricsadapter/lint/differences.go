package lint

import (
	"strings"

	"flyball.dev/flyball/metricsadapter/rule"
)

// differ reports what is otherwise than with prometheus-adapter for a metric of its configuration, and only what concerns
// it. docs/prometheus-adapter.md has all differences with their reasons.
func (l *linter) differ() {
	g, a := l.Grouped, l.Grouped.Adapted
	if a == nil {
		return
	}
	if l.Grouped.Expr.MayBeUndefined() {
		l.differs("a value that is NaN or infinite is unknown, and never 0 or another number (NaN)")
	}
	l.differs("a sample carries its own time and its query's window, and one older than 2m is unknown (timestamps)")
	if len(a.Kept) > 0 {
		l.differs("seriesQuery's matchers on " + strings.Join(a.Kept, ", ") + " are kept in the query (seriesQuery's matchers)")
	}
	if !a.Discovers {
		return
	}
	if a.Fixed {
		l.differs("the rule fixes the series' name and labels, so that its metrics are there whether or not there is a series (discovery by configuration)")
	} else {
		l.differs("the metrics that were found stay while Prometheus does not answer (discovery by configuration)")
	}
	if g.Scope == rule.Whole && (g.Labels.Namespace != "" || g.Labels.Object != "") {
		l.differs("one query is asked for all namespaces and objects (queries)")
	}
	if g.Narrows {
		l.differs("the values of a metric selector mean themselves, not patterns (selectors)")
	} else {
		l.differs("the query takes no metric selector: one picks among the labels of the answer or is refused, where prometheus-adapter drops it (selectors)")
	}
}

// differs adds a difference. It stands beside the rule, not beside each of its metrics, and each once.
func (l *linter) differs(text string) {
	l.findings = append(l.findings, rule.Finding{Severity: rule.Info, Rule: l.Grouped.Rule, Message: "differs from prometheus-adapter: " + text})
}
