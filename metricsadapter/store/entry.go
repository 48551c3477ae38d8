package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"strings"
	"sync/atomic"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// entry is one query and its newest answer.
type entry struct {
	query plan.Query
	// lastRead is guarded by the store's mutex.
	lastRead time.Time
	answer   atomic.Pointer[Answer]
	// trouble is what was last told to the log; only the entry's keeper touches it.
	trouble trouble
	// first is closed when the first answer, good or bad, is there.
	first chan struct{}
}

func newEntry(q plan.Query) *entry { return &entry{query: q, first: make(chan struct{})} }

// wait gives the answer there is, waiting for the first.
func (e *entry) wait(ctx context.Context) Answer {
	select {
	case <-e.first:
	default:
		select {
		case <-e.first:
		case <-ctx.Done():
			return Answer{Err: fmt.Errorf("Prometheus has not answered yet, and the caller waits no longer: %w", ctx.Err())}
		}
	}
	return *e.answer.Load()
}

// set replaces the answer. Only the entry's own keeper calls it, one at a time.
func (e *entry) set(a Answer) {
	if e.answer.Swap(&a) == nil {
		close(e.first)
	}
}

// keep asks now, and then once a period until nobody has read for long. Each query has its own second of the period, so
// that they do not all come at once.
func (s *Store) keep(e *entry) {
	s.fetch(e)
	timer := time.NewTimer(s.untilNext(e, time.Now()))
	defer timer.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-timer.C:
		}
		if s.forget(e) {
			return
		}
		s.fetch(e)
		timer.Reset(s.untilNext(e, time.Now()))
	}
}

// seed spreads queries differently in each process, so that replicas do not ask at the same instants.
var seed = maphash.MakeSeed()

// untilNext is the time to the query's next place in the period, at least half a period away: a query that was late is
// not asked again at once.
func (s *Store) untilNext(e *entry, now time.Time) time.Duration {
	period := s.options.Period
	place := time.Duration(maphash.Comparable(seed, e.query) % uint64(period))
	wait := (place - time.Duration(now.UnixNano()%int64(period)) + period) % period
	if wait < period/2 {
		wait += period
	}
	return wait
}

// fetch asks once. A failure keeps the last good answer and its time.
func (s *Store) fetch(e *entry) {
	at := time.Now()
	reply, err := s.querier.Query(s.ctx, prom.Request{Server: e.query.Server, Query: e.query.Text, At: at, Lookback: e.query.Lookback})
	if err == nil {
		table := plan.NewTable(e.query, reply.Vector, strings.Join(reply.Warnings, "; "))
		e.set(Answer{Table: table, At: at})
		e.trouble.tell(*s.options.Logger, e.query, table, nil, at)
		return
	}
	var last Answer
	if known := e.answer.Load(); known != nil {
		last = *known
	}
	last.Err = err
	e.set(last)
	if s.ctx.Err() == nil { // the end of the program is no trouble
		e.trouble.tell(*s.options.Logger, e.query, nil, err, at)
	}
}
