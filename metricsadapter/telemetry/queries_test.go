package telemetry

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// entries is a store with these.
type entries []store.Entry

func (e entries) Entries() []store.Entry { return e }

func rulesOf(t *testing.T, text string) *rule.Set {
	t.Helper()
	loaded, problems, err := rule.Load([]byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	set, _ := loaded.Resolve(nil, rule.Builtin)
	return set
}

const rules = `
custom: [{name: requests, query: "sum by (namespace, pod) (rate(x[1m]))"}]
external: [{name: depth, query: "sum by (namespace) (depth)"}, {name: same, query: "sum by (namespace) (depth)"}]
resources: {cpu: {nodes: {query: "sum by (node) (rate(y[1m]))"}}}
`

func queryOf(t *testing.T, g *rule.MetricQuery) plan.Query {
	t.Helper()
	q, _, err := plan.ForRule(g, plan.Selector{}, plan.ObjectRef{})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestTriesAreCountedByRule(t *testing.T) {
	set := rulesOf(t, rules)
	q := NewQueries(set)
	q.SetStore(entries(nil))
	for _, r := range []store.Refresh{
		{Query: queryOf(t, &set.Custom[0].MetricQuery), Outcome: "ok", Duration: time.Second},
		{Query: queryOf(t, &set.Custom[0].MetricQuery), Outcome: "timeout", Duration: 3 * time.Second},
		{Query: queryOf(t, &set.External[1].MetricQuery), Outcome: "partial", Duration: time.Second},
		{Query: queryOf(t, set.Resources[0].Nodes), Outcome: string(prom.Refused), Duration: time.Second},
		{Query: plan.Query{Text: "sum(one)"}, Outcome: "ok", Duration: time.Second},
		{Query: plan.Query{Text: "sum(another)"}, Outcome: "ok", Duration: time.Second},
	} {
		q.Observe(r)
	}
	wanted(t, q, `
# HELP flyball_query_refreshes_total Refreshes of queries, by rule and outcome: ok, partial (with warnings), or the kind of failure.
# TYPE flyball_query_refreshes_total counter
flyball_query_refreshes_total{outcome="ok",rule="custom pods requests"} 1
flyball_query_refreshes_total{outcome="ok",rule="other"} 2
flyball_query_refreshes_total{outcome="partial",rule="external depth"} 1
flyball_query_refreshes_total{outcome="refused",rule="resource cpu nodes"} 1
flyball_query_refreshes_total{outcome="timeout",rule="custom pods requests"} 1
# HELP flyball_query_refresh_seconds_total Total duration of query refreshes, including the wait for the concurrency limit, by rule.
# TYPE flyball_query_refresh_seconds_total counter
flyball_query_refresh_seconds_total{rule="custom pods requests"} 4
flyball_query_refresh_seconds_total{rule="external depth"} 1
flyball_query_refresh_seconds_total{rule="other"} 2
flyball_query_refresh_seconds_total{rule="resource cpu nodes"} 1
`)
}

func TestWhatIsAskedNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := rulesOf(t, rules)
		q := NewQueries(set)
		now := time.Now()
		q.SetStore(entries{
			{Query: queryOf(t, &set.Custom[0].MetricQuery), Shards: []store.Shard{
				{State: store.Closed, Rows: 30, Unusable: 4, LastGood: now.Add(-5 * time.Second), Oldest: now.Add(-20 * time.Second)},
				{State: store.Open, Rows: 12, LastGood: now.Add(-90 * time.Second), Oldest: now.Add(-100 * time.Second)},
			}},
			{Query: plan.Query{Text: "sum(one)"}, Shards: []store.Shard{{State: store.HalfOpen}}},
			{Query: plan.Query{Text: "sum(two)"}, Shards: []store.Shard{{State: store.Closed, Rows: 1, LastGood: now.Add(-3 * time.Second)}}},
		})
		wanted(t, q, `
# HELP flyball_queries Queries that are refreshed because a client reads them, by rule.
# TYPE flyball_queries gauge
flyball_queries{rule="custom pods requests"} 1
flyball_queries{rule="other"} 2
# HELP flyball_query_breakers_open Query shards whose circuit breaker is not closed, by rule.
# TYPE flyball_query_breakers_open gauge
flyball_query_breakers_open{rule="custom pods requests"} 1
flyball_query_breakers_open{rule="other"} 1
# HELP flyball_query_rows Rows of the last successful results, by rule.
# TYPE flyball_query_rows gauge
flyball_query_rows{rule="custom pods requests"} 42
flyball_query_rows{rule="other"} 1
# HELP flyball_query_sample_age_seconds Age of the oldest sample in the last successful results, by rule. Absent where sample times are unknown.
# TYPE flyball_query_sample_age_seconds gauge
flyball_query_sample_age_seconds{rule="custom pods requests"} 100
# HELP flyball_query_since_success_seconds Time since the last successful result, by rule; the longest of several queries. Absent before the first.
# TYPE flyball_query_since_success_seconds gauge
flyball_query_since_success_seconds{rule="custom pods requests"} 90
flyball_query_since_success_seconds{rule="other"} 3
# HELP flyball_query_unusable_rows Rows of the last successful results without a usable value (NaN, infinite or a histogram), by rule.
# TYPE flyball_query_unusable_rows gauge
flyball_query_unusable_rows{rule="custom pods requests"} 4
flyball_query_unusable_rows{rule="other"} 0
`)
	})
}

// changing are rules that change.
type changing struct{ set *rule.Set }

func (c *changing) Rules() *rule.Set { return c.set }

func TestNamesFollowTheRules(t *testing.T) {
	in := &changing{rulesOf(t, rules)}
	depth := queryOf(t, &in.set.External[0].MetricQuery)
	n := ruleNames{rules: in}
	if got := n.name(depth); got != "external depth" {
		t.Errorf("the query is of %q", got)
	}
	in.set = rulesOf(t, `external: [{name: backlog, query: "sum by (namespace) (depth)"}]`)
	if got := n.name(depth); got != "external backlog" {
		t.Errorf("once the rule has another name, the query is of %q", got)
	}
	in.set = rulesOf(t, "")
	if got := n.name(depth); got != Other {
		t.Errorf("once the rule is gone, the query is of %q", got)
	}
}

func wanted(t *testing.T, c prometheus.Collector, text string) {
	t.Helper()
	if err := testutil.CollectAndCompare(c, strings.NewReader(text)); err != nil {
		t.Error(err)
	}
}
