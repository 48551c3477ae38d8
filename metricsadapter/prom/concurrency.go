package prom

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"flyball.dev/flyball/metricsadapter/fair"
)

// concurrency shares the turns of one connection among the namespaces that queries are asked for.
type concurrencyLimit struct {
	limits fair.Limits

	mu    sync.Mutex
	queue *fair.Queue
	// admitted is, by the ticket of a query that waits, where the decision about it goes: nil, or why it is refused.
	admitted map[*fair.Ticket]chan error
}

func newConcurrencyLimit(o *Options) *concurrencyLimit {
	limits := fair.Limits{
		MaxConcurrent: o.MaxConcurrent, MaxPerClass: max(1, o.MaxConcurrent/2), Budget: o.NamespaceBudget, Period: o.BudgetPeriod,
	}
	return &concurrencyLimit{limits: limits, queue: fair.New(limits), admitted: map[*fair.Ticket]chan error{}}
}

// acquire waits for a turn. The error is an [*Error] of kind OverBudget, or that of ctx. Call release when the query has ended.
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

// abandon takes a query back that waits no longer. It may have been let through meanwhile.
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

// admit lets through what may start. Called with mu held.
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
	return &Error{Kind: OverBudget, err: fmt.Errorf("the queries of namespace %s have used up their budget of %s of query time in %s "+
		"(--namespace-query-budget), for %s yet: use fewer or faster queries, or ask the operator for recording rules",
		namespace, t.limits.Budget, t.limits.Period, max(time.Second, t.queue.Refill(namespace, now).Round(time.Second)))}
}

// BudgetUsage is the help of the flag --namespace-query-budget, whose budget counts in the period of another flag.
func BudgetUsage(period string) string {
	return "Time that the queries of one namespace may take at Prometheus in each " + period + ", all queries at a time added up; " +
		"further ones are unknown until there is budget again. 0 for no limit."
}

// CheckBudget gives an error for a budget that the flag does not take.
func CheckBudget(budget time.Duration) error {
	if budget != 0 && (budget < time.Second || budget > 24*time.Hour) {
		return errors.New("must be 0s for no limit, or from 1s to 24h")
	}
	return nil
}
