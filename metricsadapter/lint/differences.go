package lint

import "flyball.dev/flyball/metricsadapter/rule"

// differences are what is otherwise than with prometheus-adapter for every rule of its configuration. docs/prometheus-adapter.md
// has them with their reasons.
var differences = []rule.Finding{
	{Severity: rule.Info, Message: "differs from prometheus-adapter: a value that is NaN or infinite is unknown, and never 0 or another number (NaN)"},
	{Severity: rule.Info, Message: "differs from prometheus-adapter: a sample carries its own time and its query's window, and one older than 2m is unknown (timestamps)"},
	{Severity: rule.Info, Message: "differs from prometheus-adapter: of two series or rules that give one metric, the later rule and then the last name in the alphabet counts, " +
		"and it is told (collisions)"},
	{Severity: rule.Info, Message: "differs from prometheus-adapter: seriesQuery's matchers are kept in the query where they fit each of its selectors (seriesQuery's matchers)"},
	{Severity: rule.Info, Message: "differs from prometheus-adapter: a rule that fixes its series' name and labels gives its metrics whether or not there is a series, " +
		"and the others keep what was found while Prometheus does not answer (discovery by configuration)"},
	{Severity: rule.Info, Message: "differs from prometheus-adapter: one query is asked for all namespaces and objects, and a selector's values mean themselves, not patterns (queries)"},
}
