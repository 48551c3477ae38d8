package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// shard is one query of an entry: the entry's query, or the query restricted to some namespaces. The goroutine of the
// entry owns all fields but answer and report.
type shard struct {
	// namespaces of the shard, sorted; nil for the whole query.
	namespaces []string
	query      plan.Query
	// companion is the query for sample times, unless noTimesReason states why none exists.
	companion     plan.Companion
	noTimesReason string
	// timesResolved reports whether companion or noTimesReason is set, which requires parsing and must not delay
	// readers.
	timesResolved bool
	// timesFailed counts the companion's consecutive failures; timesBackoff is the number of refreshes without it.
	timesFailed, timesBackoff int

	breaker breaker
	cadence cadence
	// next is when the shard is due.
	next time.Time
	// timedOut reports whether the last refresh timed out.
	timedOut bool

	answer atomic.Pointer[Answer]
	// first is closed when the first answer or failure is stored.
	first  chan struct{}
	report atomic.Pointer[Shard]
}

func newShard(q plan.Query, names []string, timeless bool) *shard {
	p := &shard{query: q, namespaces: names, first: make(chan struct{})}
	p.cadence.floor = minDelay + placeOf(q, minDelay)
	if timeless {
		p.noTimesReason, p.timesResolved = "sample times are disabled (--sample-times=false)", true
	}
	p.report.Store(&Shard{Namespaces: names, State: Closed})
	return p
}

// resolveTimes creates the companion, once.
func (p *shard) resolveTimes() {
	if p.timesResolved {
		return
	}
	p.timesResolved = true
	var err error
	if p.companion, err = p.query.Companion(); err != nil {
		p.noTimesReason = err.Error()
	}
}

// setAnswer replaces the answer.
func (p *shard) setAnswer(a Answer) {
	if p.answer.Swap(&a) == nil {
		close(p.first)
	}
}

// setFailure stores a failure, and keeps the last successful answer.
func (p *shard) setFailure(err error) {
	last := p.lastAnswer()
	last.Err = err
	p.setAnswer(last)
}

// lastAnswer returns the answer; an empty one before the first.
func (p *shard) lastAnswer() Answer {
	if a := p.answer.Load(); a != nil {
		return *a
	}
	return Answer{}
}

// followScrapes sets the time of the next refresh by the sample times of a result, where it has some. before is the
// previous result; nil for none.
func (p *shard) followScrapes(period time.Duration, before, table *plan.Table, start, end time.Time) {
	var next time.Time
	var ok bool
	p.cadence, next, ok = p.cadence.next(period, refreshed{evaluated: start, took: end.Sub(start), advance: table.Advance(before), empty: table.Len() == 0})
	if ok {
		p.next = next
	}
}

// slowDown returns to the period after a query that took too much of the server's time or of its namespace's budget.
func (p *shard) slowDown(err error) {
	if kind := kindOf(err); kind == prom.Timeout || kind == prom.OverBudget {
		p.cadence = p.cadence.failed()
	}
}

// copyAnswer copies the answer of the shard that this one was split from.
func (p *shard) copyAnswer(from *shard) {
	if a := from.answer.Load(); a != nil {
		p.setAnswer(*a)
	}
	p.breaker.lastGood = from.breaker.lastGood
}

// inheritFailure sets the failure of the shard that this one was split from, until its own refresh: a shard that was
// not refreshed yet is not healthy.
func (p *shard) inheritFailure(err error) {
	p.breaker.last = err
	if a := p.answer.Load(); a != nil {
		last := *a
		last.Err = err
		p.setAnswer(last)
	}
}

// maxNamespaces is the maximum number of namespaces of a shard. More namespaces make the query longer and not faster.
const maxNamespaces = 200

// shardsOf returns the smallest number of shards for the namespaces. The error states why none are possible.
func (e *entry) shardsOf(names []string) ([]*shard, error) {
	if len(names) == 0 {
		return nil, errors.New("no reader requests a namespace")
	}
	if len(names) <= maxNamespaces {
		q, err := e.query.ForNamespaces(names)
		switch {
		case err == nil:
			return []*shard{newShard(q, names, e.noSampleTimes)}, nil
		case len(names) == 1 || !errors.Is(err, plan.ErrTooLong):
			return nil, err
		}
	}
	return e.halves(names)
}

// halves returns shards for each half of the namespaces.
func (e *entry) halves(names []string) ([]*shard, error) {
	left, err := e.shardsOf(names[:len(names)/2])
	if err != nil {
		return nil, err
	}
	right, err := e.shardsOf(names[len(names)/2:])
	return append(left, right...), err
}

// layout is the set of shards of an entry. It is immutable.
type layout struct {
	shards []*shard
	// byName has the shard of each namespace; nil where the only shard is the whole query.
	byName map[string]*shard
	// reason why the query is sharded.
	reason string
	// replaced is closed when another layout has replaced this one.
	replaced chan struct{}
}

func newLayout(parts []*shard, why string) *layout {
	l := &layout{shards: parts, reason: why, replaced: make(chan struct{})}
	if why == "" {
		return l
	}
	l.byName = map[string]*shard{}
	for _, p := range parts {
		for _, name := range p.namespaces {
			l.byName[name] = p
		}
	}
	return l
}

func (l *layout) sharded() bool { return l.byName != nil }

// replace returns the shards without some, and with others.
func (l *layout) replace(without, others []*shard) []*shard {
	kept := slices.DeleteFunc(slices.Clone(l.shards), func(p *shard) bool { return slices.Contains(without, p) })
	return append(kept, others...)
}

// namespacesOnly is the answer for all namespaces of a sharded query.
func (l *layout) namespacesOnly() Answer {
	return Answer{Err: fmt.Errorf("only single namespaces can be read, because the query for all namespaces fails: %s", l.reason)}
}

func bySize(a, b *shard) int {
	return cmp.Or(cmp.Compare(len(a.namespaces), len(b.namespaces)), slices.Compare(a.namespaces, b.namespaces))
}

func joined(warnings []string) string { return strings.Join(warnings, "; ") }
