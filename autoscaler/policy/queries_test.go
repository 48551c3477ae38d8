package policy_test

import (
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/tenancy"
)

const prometheusMetric = `{type: Prometheus, prometheus: {query: 'QUERY', target: {type: Value, value: 1}}}`

// places are where a spec has queries, by the path that an error names.
var places = map[string]string{
	"spec.metrics[0]":                                   `metrics: [METRIC]`,
	"spec.windows[0].batch.backlog":                     `windows: [{name: night, start: "0 22 * * *", duration: 8h, batch: {backlog: METRIC, throughputPerReplica: {quantity: 1}}}]`,
	"spec.windows[0].batch.arrivals":                    `windows: [{name: night, start: "0 22 * * *", duration: 8h, batch: {backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}}, arrivals: METRIC, throughputPerReplica: {quantity: 1}}}]`,
	"spec.windows[0].batch.throughputPerReplica.metric": `windows: [{name: night, start: "0 22 * * *", duration: 8h, batch: {backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}}, throughputPerReplica: {metric: METRIC}}}]`,
}

func withQuery(place, query string) string {
	return target + strings.Replace(place, "METRIC", strings.Replace(prometheusMetric, "QUERY", query, 1), 1)
}

// TestQueriesAreRefused: a query that does not parse, exceeds a limit or reads another namespace is refused with the field,
// the start of the value and what to do.
func TestQueriesAreRefused(t *testing.T) {
	defaults := policy.StandardDefaults()
	defaults.NamespaceLabel = "namespace"
	for path, place := range places {
		for says, query := range map[string]string{
			"not PromQL: ":                      "sum(",
			"nested more than 64 levels deep":   strings.Repeat("(", 4000) + "x" + strings.Repeat(")", 4000),
			"has more than 4000 tokens":         "x" + strings.Repeat("+x", 4000),
			`may only read namespace="shop"`:    `sum(x{namespace="other"})`,
			"not an instant vector or a scalar": "x[5m]",
		} {
			ha := parse(t, withQuery(place, query))
			ha.Namespace = "shop"
			_, err := policy.Compile(ha, defaults)
			if err == nil || !strings.HasPrefix(err.Error(), path+".prometheus.query: Invalid value: ") || !strings.Contains(err.Error(), says) || len(err.Error()) > 600 {
				t.Errorf("%.40s at %s gives the error %v, want %q", query, path, err, says)
			}
		}
	}
}

// TestQueriesAreCompiled: each metric of a spec carries its query as it is asked.
func TestQueriesAreCompiled(t *testing.T) {
	want := engine.CompiledQuery{Text: `sum(rate(x{namespace="shop"}[5m])) + scalar(y{namespace="shop"})`, NamespaceLabel: "namespace", Window: 5 * time.Minute, Instant: true}
	defaults := policy.StandardDefaults()
	defaults.NamespaceLabel = want.NamespaceLabel
	for path, place := range places {
		ha := parse(t, withQuery(place, "sum(rate(x[5m])) + scalar(y)"))
		ha.Namespace = "shop"
		p, err := policy.Compile(ha, defaults)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		metrics := append([]engine.Metric(nil), p.Spec.Metrics...)
		for _, b := range p.Spec.Batches {
			metrics = append(metrics, b.Backlog, b.Arrivals, b.Throughput)
		}
		for _, m := range metrics {
			if m.Type == engine.Prometheus && m.Query != "" {
				found++
				if m.Compiled != want {
					t.Errorf("%s: the query is compiled to %+v, want %+v", path, m.Compiled, want)
				}
			}
		}
		if found != 1 {
			t.Errorf("%s: there are %d queries", path, found)
		}
	}
}

// TestNamespacesOfTheOperator: the operator's file says which server a query of a namespace asks, as which tenant, and whether it
// may read other namespaces.
func TestNamespacesOfTheOperator(t *testing.T) {
	rules, err := tenancy.Load([]byte(`
namespaces:
- {names: [shop], servers: [mimir, default], tenant: team-shop}
- {names: [monitoring], allowCrossNamespaceQueries: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	defaults := policy.StandardDefaults()
	defaults.NamespaceLabel, defaults.Namespaces = "namespace", rules
	for _, test := range []struct{ namespace, server, says, text, asked, tenant string }{
		{namespace: "shop", text: `x{namespace="shop"}`, asked: "mimir", tenant: "team-shop"},
		{namespace: "shop", server: "default", text: `x{namespace="shop"}`, asked: "default", tenant: "team-shop"},
		{namespace: "shop", server: "thanos", says: `spec.metrics[0].prometheus.server: Invalid value: "thanos": namespace shop may query mimir, default: `},
		{namespace: "bank", text: `x{namespace="bank"}`, tenant: "bank"},
		{namespace: "bank", server: "mimir", says: `spec.metrics[0].prometheus.server: Invalid value: "mimir": namespace bank may query default: `},
		{namespace: "monitoring", text: "x", tenant: "monitoring"},
	} {
		ha := parse(t, withQuery("metrics: [METRIC]", "x"))
		ha.Namespace, ha.Spec.Metrics[0].Prometheus.Server = test.namespace, test.server
		p, err := policy.Compile(ha, defaults)
		if test.says != "" {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%+v: error %v", test, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		if got := p.Spec.Metrics[0].Compiled; got.Text != test.text || got.Server != test.asked || got.Tenant != test.tenant {
			t.Errorf("%+v: compiled to %+v", test, got)
		}
	}
}

// TestUsageCountsWindows: quotas count the highest replica count of any window, and the queries of all.
func TestUsageCountsWindows(t *testing.T) {
	ha := parse(t, withQuery(places["spec.windows[0].batch.backlog"], "backlog"))
	forty := int32(40)
	ha.Name, ha.Spec.Windows[0].Replicas = "web", &forty
	w, err := policy.CompileScaleWindow(scaleWindow(t, nightly+"targets: [{kind: HorizontalAutoscaler, name: web}]"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := policy.Usage(ha, nil); got.Name != "web" || got.MaxReplicas != 40 || len(got.Queries) != 1 {
		t.Errorf("usage is %+v", got)
	}
	w.Window.Max, w.Window.HasMax = 50, true
	if got := policy.Usage(ha, []*policy.ScaleWindow{w}); got.MaxReplicas != 50 {
		t.Errorf("with a ScaleWindow, usage is %+v", got)
	}
}
