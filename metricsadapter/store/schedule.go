package store

import (
	"hash/maphash"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// run asks now, and then what is due whenever it is, until nobody has read for long. An entry has one keeper, and a
// keeper asks one thing at a time: no query holds more than one of a server's turns, however many shards it has.
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

// nextDue is when the first of the parts is due.
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

// seed spreads queries differently in each process, so that replicas do not ask at the same instants.
var seed = maphash.MakeSeed()

func placeOf(q plan.Query, of time.Duration) time.Duration {
	return time.Duration(maphash.Comparable(seed, q) % uint64(of))
}

// nextRefresh is the query's next place in the period, at least half a period away: a query that was late is not asked
// again at once.
func (s *Store) nextRefresh(e *entry, now time.Time) time.Time {
	period := s.options.Period
	place := s.options.Offset + placeOf(e.query, s.options.Spread)
	wait := ((place-time.Duration(now.UnixNano()%int64(period)))%period + period) % period
	if wait < period/2 {
		wait += period
	}
	return now.Add(wait)
}

// jittered takes up to a tenth off a delay, so that what failed together is not tried again together.
func (s *Store) jittered(e *entry, d time.Duration) time.Duration {
	return d - placeOf(e.query, d/10+1)
}
