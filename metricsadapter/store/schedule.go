package store

import (
	"hash/maphash"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// run refreshes the shards when they are due, until the entry is idle. Each entry has one goroutine, which runs one
// query at a time: an entry uses at most one of a server's concurrent queries, however many shards it has.
func (s *Store) run(e *entry) {
	s.refreshDue(e)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(e.nextDue()))
		select {
		case <-s.ctx.Done():
			return
		case <-timer.C:
			if s.dropIdle(e) {
				return
			}
		case <-e.wake:
		}
		s.refreshDue(e)
	}
}

// nextDue is the earliest time at which a shard is due.
func (e *entry) nextDue() time.Time {
	parts := e.layout.Load().shards
	next := parts[0].next
	for _, p := range parts[1:] {
		if p.next.Before(next) {
			next = p.next
		}
	}
	return next
}

// seed spreads queries differently in each process, so that replicas do not send them at the same time.
var seed = maphash.MakeSeed()

func placeOf(q plan.Query, of time.Duration) time.Duration {
	return time.Duration(maphash.Comparable(seed, q) % uint64(of))
}

// nextRefresh returns the query's next time in the schedule, at least half a period from now: a late query is not sent
// twice in short order.
func (s *Store) nextRefresh(e *entry, now time.Time) time.Time {
	period := s.options.Period
	offset := s.options.Offset + placeOf(e.query, s.options.Spread)
	wait := ((offset-time.Duration(now.UnixNano()%int64(period)))%period + period) % period
	if wait < period/2 {
		wait += period
	}
	return now.Add(wait)
}

// jittered shortens a delay by up to a tenth, so that queries that failed together are not retried together.
func (s *Store) jittered(e *entry, d time.Duration) time.Duration {
	return d - placeOf(e.query, d/10+1)
}
