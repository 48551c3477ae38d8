package source

import (
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/tenancy"
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

// TestQueriesOfNamespaces: a query asks the server and names the tenant of its namespace, also where it is not compiled, and
// reads other namespaces only where the operator allows it.
func TestQueriesOfNamespaces(t *testing.T) {
	rules, err := tenancy.Load([]byte("namespaces: [{names: [shop], servers: [mimir], tenant: a}, {names: [monitoring], allowCrossNamespaceQueries: true}]"))
	if err != nil {
		t.Fatal(err)
	}
	p := &planner{rules: &rule.Set{}, namespaceLabel: "namespace", namespaces: rules}
	metric := func(server string, compiled engine.CompiledQuery) *engine.Metric {
		return &engine.Metric{Type: engine.Prometheus, Query: "x", Server: server, Compiled: compiled, MaxAge: 10 * time.Minute}
	}
	for _, test := range []struct {
		namespace string
		metric    *engine.Metric
		want      plan.Query
		problem   string
	}{
		{"shop", metric("", engine.CompiledQuery{}), plan.Query{Server: "mimir", Tenant: "a", Text: `x{namespace="shop"}`, Owner: "shop"}, ""},
		{"shop", metric("thanos", engine.CompiledQuery{}), plan.Query{}, "namespace shop may query mimir"},
		{"monitoring", metric("", engine.CompiledQuery{}), plan.Query{Tenant: "monitoring", Text: "x", Owner: "monitoring"}, ""},
		{"monitoring", metric("", engine.CompiledQuery{Text: "x", Tenant: "monitoring"}), plan.Query{Tenant: "monitoring", Text: "x", Owner: "monitoring"}, ""},
		{"shop", metric("", engine.CompiledQuery{Text: "x", NamespaceLabel: "namespace", Server: "mimir", Tenant: "a"}), plan.Query{Server: "mimir", Tenant: "a", Text: "x", Owner: "shop"}, ""},
		{"shop", metric("", engine.CompiledQuery{Text: "x"}), plan.Query{Server: "mimir", Tenant: "a", Text: `x{namespace="shop"}`, Owner: "shop"}, ""},
	} {
		got := p.plan(&Request{Namespace: test.namespace, Metric: test.metric})
		if !strings.Contains(got.problem, test.problem) || test.problem == "" && (got.problem != "" || got.query != test.want) {
			t.Errorf("%s: %+v, want %+v, %s", test.namespace, got, test.want, test.problem)
		}
	}
}

// TestLimitsApplyToTheNextPlan: a plan that is cached by former limits is not used.
func TestLimitsApplyToTheNextPlan(t *testing.T) {
	d := NewDirect(&rule.Set{}, nil, "namespace")
	r := &Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.Prometheus, Query: "x", MaxAge: time.Minute}}
	for _, tenant := range []string{"a", "b"} {
		rules, err := tenancy.Load([]byte("namespaces: [{names: [shop], tenant: " + tenant + "}]"))
		if err != nil {
			t.Fatal(err)
		}
		d.Limit(rules)
		if got := d.planner().plan(r); got.query.Tenant != tenant {
			t.Errorf("the query names tenant %q, want %q", got.query.Tenant, tenant)
		}
	}
}
