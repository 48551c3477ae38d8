package provider

import (
	"context"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// Answers returns the newest answer of each query, by index; a [*store.Store] does.
type Answers interface {
	Read(ctx context.Context, wants []plan.Request) []store.Answer
}

// Rules returns the rules in force, which change when their files do. A [*rule.Set] is a constant set.
type Rules interface {
	Rules() *rule.Set
}

// result is the answer of a rule's query that is recent enough, and its filter.
type result struct {
	table  *plan.Table
	filter plan.Filter
}

// read returns the answer to a rule's query for an object, restricted by a selector; for all objects, if the reference
// is empty.
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

// maxWait is the time limit for the first answer to a query, because an autoscaler has few workers.
const maxWait = 10 * time.Second

// withWaitLimit ends the wait before the caller's deadline, so that the caller receives the reason.
func withWaitLimit(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := maxWait
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)*9/10)
	}
	return context.WithTimeout(ctx, limit)
}

// seconds returns a window in the form of the APIs; nil for an instant.
func seconds(window time.Duration) *int64 {
	if window <= 0 {
		return nil
	}
	s := int64((window + time.Second/2) / time.Second)
	return &s
}
