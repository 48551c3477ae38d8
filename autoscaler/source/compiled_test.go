package source

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
)

// TestCompiledQueriesAreNotParsed: a query that was compiled with its spec is asked as it is; one that was confined by
// another label, or not at all, is not.
func TestCompiledQueriesAreNotParsed(t *testing.T) {
	p := &planner{rules: &rule.Set{}, namespaceLabel: "namespace"}
	compiled := engine.CompiledQuery{Text: `sum(x{namespace="shop"})`, NamespaceLabel: "namespace", Window: time.Minute, Instant: true}
	const unparsable = "this is not ((( parsed"
	got := p.plan(&Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.Prometheus, Query: unparsable, Compiled: compiled, MaxAge: time.Minute}})
	want := plan.Query{Text: compiled.Text, Lookback: time.Minute, Owner: "shop"}
	if got.problem != "" || got.query != want || got.window != time.Minute || got.maxAge != time.Minute {
		t.Errorf("the plan is %+v, want the query %+v", got, want)
	}
	for _, label := range []string{"", "team"} {
		compiled.NamespaceLabel = label
		if got := p.plan(&Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.Prometheus, Query: unparsable, Compiled: compiled}}); got.problem == "" {
			t.Errorf("a query that is confined by the label %q is asked: %+v", label, got)
		}
	}
}
