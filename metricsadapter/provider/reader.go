package provider

import (
	"context"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// Answers gives the newest answer of each query, by the same index; a [*store.Store] does.
type Answers interface {
	Read(ctx context.Context, wants []plan.Request) []store.Answer
}

// Rules gives the rules in force; they change when their files do. A [*rule.Set] is rules that never change.
type Rules interface {
	Rules() *rule.Set
}

// result is a rule's answer that is young enough, and how to read it.
type result struct {
	table  *plan.Table
	filter plan.Filter
}

// read gives the answer to a rule's query for a place, narrowed by a selector; for all places, if the place is empty.
func read(ctx context.Context, answers Answers, g *rule.MetricQuery, in plan.ObjectRef, selector plan.Selector) (result, error) {
	query, filter, err := plan.ForRule(g, selector, in)
	if err != nil {
		return result{}, badRequest(err)
	}
	ctx, cancel := withWaitLimit(ctx)
	defer cancel()
	var batch plan.Batch
	batch.Add(query, in.Namespace)
	answer := answers.Read(ctx, batch.Requests)[0].ForNamespace(in.Namespace)
	table, err := answer.Fresh(time.Now(), g.MaxAge)
	if err != nil {
		return result{}, unavailable(err)
	}
	return result{table: table, filter: filter}, nil
}

// maxWait is how long a request may wait for the first answer to its query: an autoscaler has few workers.
const maxWait = 10 * time.Second

// withWaitLimit ends the wait before the caller gives up, so that it hears the reason and not nothing.
func withWaitLimit(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := maxWait
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)*9/10)
	}
	return context.WithTimeout(ctx, limit)
}

// seconds gives a window as the APIs have it; nil for an instant.
func seconds(window time.Duration) *int64 {
	if window <= 0 {
		return nil
	}
	s := int64((window + time.Second/2) / time.Second)
	return &s
}
