package trace

import (
	"context"
	"maps"
	"slices"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Querier answers instant queries, as *prom.Client does.
type Querier interface {
	Query(ctx context.Context, r prom.Request) (prom.Answer, error)
}

// Tracer traces and measures the metrics of rules.
type Tracer struct {
	loaded *rule.Loaded
	series Series
	client Querier

	// Set has the rules that are in force.
	Set *rule.Set
	// Problems say why other rules are not in force.
	Problems []rule.Problem
}

// New resolves rules by the series that discovery found. problems are those found before.
func New(loaded *rule.Loaded, problems []rule.Problem, series Series, client Querier) *Tracer {
	set, more := loaded.Resolve(series.schemas(), rule.Builtin)
	return &Tracer{loaded: loaded, series: series, client: client, Set: set, Problems: append(problems, more...)}
}

// count returns the number of series that a selector matches now; 0 where Prometheus does not answer.
func (t *Tracer) count(ctx context.Context, server, selector string, now time.Time) int {
	answer, err := t.client.Query(ctx, prom.Request{Server: server, Query: "count(" + selector + ")", Time: now})
	if err != nil || len(answer.Vector) == 0 {
		return 0
	}
	return int(answer.Vector[0].Value)
}

// age returns the age of the oldest sample that a query's answer is made of; false for a query whose samples have no known time.
func (t *Tracer) age(ctx context.Context, server string, e expr.Expr, now time.Time) (age time.Duration, ok bool) {
	times, lookback, err := e.Times(5 * time.Minute)
	if err != nil {
		return 0, false
	}
	answer, err := t.client.Query(ctx, prom.Request{Server: server, Query: times.String(), Time: now, Lookback: lookback})
	if err != nil || len(answer.Vector) == 0 {
		return 0, false
	}
	oldest := float64(answer.Vector[0].Value)
	for _, row := range answer.Vector {
		oldest = min(oldest, float64(row.Value))
	}
	return now.Sub(time.UnixMilli(int64(oldest * 1000))), true
}

// somePlace is a namespace and object that the series name, for a metric that is queried for each.
func (t *Tracer) somePlace(g *rule.MetricQuery) plan.ObjectRef {
	for _, selector := range slices.Sorted(maps.Keys(t.series)) {
		for _, s := range t.series[selector] {
			if s[g.Labels.Namespace] != "" && (g.Labels.Object == "" || s[g.Labels.Object] != "") {
				return plan.ObjectRef{Namespace: s[g.Labels.Namespace], Object: s[g.Labels.Object]}
			}
		}
	}
	return plan.ObjectRef{Namespace: "default", Object: "none"}
}
