package prom

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"flyball.dev/flyball/metricsadapter/fair"
)

// concurrencyLimit shares the concurrent queries of one connection among the namespaces of the queries.
type concurrencyLimit struct {
	limits fair.Limits

	mu    sync.Mutex
	queue *fair.Queue
	// admitted has a channel for each waiting query, which receives nil when it may start, or the reason for its
	// rejection.
	admitted map[*fair.Ticket]chan error
}

func newConcurrencyLimit(o *Options) *concurrencyLimit {
	limits := fair.Limits{
		MaxConcurrent: o.MaxConcurrent, MaxPerClass: max(1, o.MaxConcurrent/2), Budget: o.NamespaceBudget, Period: o.BudgetPeriod,
		BudgetOf: o.NamespaceBudgetOf,
	}
	return &concurrencyLimit{limits: limits, queue: fair.New(limits), admitted: map[*fair.Ticket]chan error{}}
}

// acquire waits until the query may start. The error is an [*Error] of kind OverBudget, or that of ctx. Call release
// when the query has ended.
func (t *concurrencyLimit) acquire(ctx context.Context, namespace string) (release func(), err error) {
	decided := make(chan error, 1)
	t.mu.Lock()
	ticket := t.queue.Push(namespace, time.Now())
	t.admitted[ticket] = decided
	t.admit()
	t.mu.Unlock()
	select {
	case err := <-decided:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		t.abandon(ticket, decided)
		return nil, ctx.Err()
	}
	started := time.Now()
	return func() { t.release(ticket, time.Since(started)) }, nil
}

// abandon removes a query that no longer waits. It may have been admitted concurrently.
func (t *concurrencyLimit) abandon(ticket *fair.Ticket, decided chan error) {
	t.mu.Lock()
	if _, waits := t.admitted[ticket]; waits {
		delete(t.admitted, ticket)
		t.queue.Remove(ticket, time.Now())
		t.mu.Unlock()
		return
	}
	t.mu.Unlock()
	if err := <-decided; err == nil {
		t.release(ticket, 0)
	}
}

func (t *concurrencyLimit) release(ticket *fair.Ticket, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue.Release(ticket, took, time.Now())
	t.admit()
}

// admit starts the queries that may start. Called with mu held.
func (t *concurrencyLimit) admit() {
	now := time.Now()
	for {
		ticket, refused := t.queue.Pop(now)
		if ticket == nil {
			return
		}
		var err error
		if refused {
			err = t.overBudget(ticket.Class(), now)
		}
		t.admitted[ticket] <- err
		delete(t.admitted, ticket)
	}
}

func (t *concurrencyLimit) overBudget(namespace string, now time.Time) error {
	budget := t.limits.Budget
	if t.limits.BudgetOf != nil {
		if own, ok := t.limits.BudgetOf(namespace); ok {
			budget = own
		}
	}
	return &Error{Kind: OverBudget, err: fmt.Errorf("queries of namespace %s have used up their budget of %s of query time per %s "+
		"(--namespace-query-budget), next query in %s: use fewer or faster queries, or recording rules",
		namespace, budget, t.limits.Period, max(time.Second, t.queue.Refill(namespace, now).Round(time.Second)))}
}

// BudgetUsage returns the help of the flag --namespace-query-budget; period is the flag of the budget period.
func BudgetUsage(period string) string {
	return "Query time that one namespace may use at Prometheus in each " + period + ", summed over concurrent queries. " +
		"Metrics of further queries are unknown until the budget refills. 0 disables the limit."
}

// CheckBudget returns an error for a value that the flag rejects.
func CheckBudget(budget time.Duration) error {
	if budget != 0 && (budget < time.Second || budget > 24*time.Hour) {
		return errors.New("must be 0s for no limit, or between 1s and 24h")
	}
	return nil
}
