package policy_test

import (
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
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
