package fair

import (
	"cmp"
	"slices"
	"time"
)

// Shared is the class of the queries that belong to no tenant. It has no budget, and the same share as all other
// classes with queued queries together.
const Shared = ""

// Limits of a queue.
type Limits struct {
	// MaxConcurrent is the number of queries that may run concurrently. At least 1.
	MaxConcurrent int
	// MaxPerClass is the number of concurrent queries of one class, except the shared class. At least 1.
	MaxPerClass int
	// Budget is the query time of a class, except the shared class, in each Period; 0 for no limit. An idle class may
	// use up to Budget at once.
	Budget, Period time.Duration
	// BudgetOf returns the budget of a class that has another one than Budget; nil where none has. With a budget of any class,
	// Period is greater than 0.
	BudgetOf func(class string) (budget time.Duration, ok bool)
}

// budget returns the budget of a class; 0 for no limit.
func (l *Limits) budget(class string) time.Duration {
	if class == Shared {
		return 0
	}
	if l.BudgetOf != nil {
		if own, ok := l.BudgetOf(class); ok {
			return own
		}
	}
	return l.Budget
}

// firstCost is the estimated cost before any query has ended.
const firstCost = 100 * time.Millisecond

// Ticket is one query in the queue.
type Ticket struct {
	class    *class
	estimate time.Duration
	number   uint64
	running  bool
}

// Class of the ticket.
func (t *Ticket) Class() string { return t.class.name }

// class is a class with queued or running queries, or with a budget that is not full.
type class struct {
	name    string
	waiting []*Ticket
	running int
	// start is the virtual time at which the next query of the class starts.
	start time.Duration
	// cost is a moving average of the query time; 0 before the first.
	cost time.Duration
	// budget is the query time in each period; 0 for no limit.
	budget time.Duration
	// balance of the budget at the time filled. Negative after queries that took longer than estimated.
	balance time.Duration
	filled  time.Time
}

// Queue orders queries. It is not safe for concurrent use.
type Queue struct {
	limits  Limits
	classes map[string]*class
	// virtual time: the start of the query that was started last.
	virtual time.Duration
	running int
	pushed  uint64
}

// New returns a Queue.
func New(limits Limits) *Queue { return &Queue{limits: limits, classes: map[string]*class{}} }

// Push queues a query of a class.
func (q *Queue) Push(name string, now time.Time) *Ticket {
	c := q.classes[name]
	if c == nil {
		budget := q.limits.budget(name)
		c = &class{name: name, budget: budget, balance: budget, filled: now, start: q.virtual}
		q.classes[name] = c
	}
	if len(c.waiting) == 0 && c.running == 0 {
		c.start = max(c.start, q.virtual) // idle time earns no credit
	}
	q.pushed++
	t := &Ticket{class: c, number: q.pushed}
	c.waiting = append(c.waiting, t)
	return t
}

// Pop returns the next query, or nil where no query can start now. A refused query has left the queue, because its
// class has used up its budget; other queries run until Release. Call Pop until it returns nil after each Push and each
// Release.
func (q *Queue) Pop(now time.Time) (next *Ticket, refused bool) {
	var best *class
	for _, c := range q.classes {
		if len(c.waiting) == 0 {
			continue
		}
		if q.exhausted(c, now) {
			return c.popOldest(), true
		}
		if c.name != Shared && c.running >= q.limits.MaxPerClass {
			continue
		}
		if best == nil || before(c, best) {
			best = c
		}
	}
	if best == nil || q.running >= q.limits.MaxConcurrent {
		return nil, false
	}
	t := best.popOldest()
	t.running = true
	t.estimate = cmp.Or(best.cost, firstCost)
	q.virtual = max(q.virtual, best.start)
	q.charge(best, t.estimate)
	best.running++
	q.running++
	return t, false
}

// before orders the classes; among those with equal start, the one with the older query is first.
func before(a, b *class) bool {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.waiting[0].number, b.waiting[0].number)) < 0
}

// Release ends a query with its duration.
func (q *Queue) Release(t *Ticket, took time.Duration, now time.Time) {
	c := t.class
	took = max(took, time.Microsecond)
	q.charge(c, took-t.estimate)
	if c.cost == 0 {
		c.cost = took
	} else {
		c.cost = max(time.Microsecond, (3*c.cost+took)/4)
	}
	t.running = false
	c.running--
	q.running--
	q.endBusyPeriod()
	q.deleteIdle(now)
}

// endBusyPeriod resets the shares when no query is queued or running.
func (q *Queue) endBusyPeriod() {
	for _, c := range q.classes {
		if len(c.waiting) > 0 || c.running > 0 {
			return
		}
	}
	for _, c := range q.classes {
		q.virtual = max(q.virtual, c.start)
	}
}

// Remove removes a queued query. The query must not be running.
func (q *Queue) Remove(t *Ticket, now time.Time) {
	c := t.class
	c.waiting = slices.DeleteFunc(c.waiting, func(other *Ticket) bool { return other == t })
	q.deleteIdle(now)
}

// Waiting returns the numbers of queued and running queries.
func (q *Queue) Waiting() (waiting, running int) {
	for _, c := range q.classes {
		waiting += len(c.waiting)
	}
	return waiting, q.running
}

// Refill returns the time until the budget of a class allows a query; 0 where it does now.
func (q *Queue) Refill(name string, now time.Time) time.Duration {
	c := q.classes[name]
	if c == nil || !q.exhausted(c, now) {
		return 0
	}
	return time.Duration(float64(1-c.balance) * float64(q.limits.Period) / float64(c.budget))
}

// exhausted updates the balance of a class, and reports whether it is used up.
func (q *Queue) exhausted(c *class, now time.Time) bool {
	if c.budget == 0 {
		return false
	}
	if since := now.Sub(c.filled); since > 0 {
		earned := float64(since) * float64(c.budget) / float64(q.limits.Period)
		c.balance = time.Duration(min(float64(c.budget), float64(c.balance)+earned))
		c.filled = now
	}
	return c.balance <= 0
}

// charge adds query time to a class; a negative cost corrects an estimate.
func (q *Queue) charge(c *class, cost time.Duration) {
	c.balance -= cost
	c.start += cost / q.weight(c)
}

// weight is 1, and for the shared class the number of other classes with queries.
func (q *Queue) weight(of *class) time.Duration {
	if of.name != Shared {
		return 1
	}
	busy := time.Duration(0)
	for _, c := range q.classes {
		if c != of && (len(c.waiting) > 0 || c.running > 0) {
			busy++
		}
	}
	return max(1, busy)
}

// deleteIdle deletes idle classes whose state equals that of a new class.
func (q *Queue) deleteIdle(now time.Time) {
	for name, idle := range q.classes {
		if len(idle.waiting) > 0 || idle.running > 0 || idle.start > q.virtual {
			continue
		}
		if idle.budget == 0 || !q.exhausted(idle, now) && idle.balance >= idle.budget {
			delete(q.classes, name)
		}
	}
}

// popOldest removes and returns the oldest query.
func (c *class) popOldest() *Ticket {
	t := c.waiting[0]
	c.waiting = slices.Delete(c.waiting, 0, 1)
	return t
}
