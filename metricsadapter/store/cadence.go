package store

import (
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

const (
	// minInterval is the shortest time between two refreshes of one query.
	minInterval = time.Second
	// minDelay is the shortest time from a scrape to its refresh, in long intervals. Queries are spread over as much
	// again, because the scrape of one target serves many of them.
	minDelay = 150 * time.Millisecond
	// probeCost is the number of regular refreshes that pay for one more query, and maxCredit those that are saved: 12
	// queries at once, and 1 in 16 in the long run.
	probeCost, maxCredit = 16, 12 * 16
	// searchAgainAfter and its refreshes are the time until the cadence looks again for a shorter scrape interval.
	searchAgainAfter, searchAgainRefreshes = 15 * time.Minute, 64
	// slowFactor is the shortest wait in durations of the query: a server that answers slowly gets fewer queries, down
	// to one per period.
	slowFactor = 10
	// minPenalty and maxPenalty are the number of refreshes at the period after a query that the server or the budget
	// of its namespace could not bear.
	minPenalty, maxPenalty = 64, 1024
	// maxLater is the number of times that the delay grows before the scrapes count as spread over the interval.
	maxLater = 4
)

// cadence decides when one query is refreshed next, from the sample times of its results: once per scrape interval,
// shortly after the scrape is visible. It starts with waits that double from minInterval until one brings newer samples, whose
// advance is the interval unless scrapes were missed. Then it halves the wait while each half brings newer samples.
// Where the scrapes of many targets are spread over the interval, it refreshes once per interval at no special time.
// The zero cadence has learned nothing.
type cadence struct {
	// interval is the estimated scrape interval, from minInterval to the period; 0 before the first result.
	interval time.Duration
	// delay is the time from a scrape to its refresh, and floor the shortest one.
	delay, floor time.Duration
	// last is the time of the last refresh.
	last time.Time
	// first is the wait of the start; 0 once newer samples have come.
	first time.Duration
	// empty reports that the last result was empty.
	empty bool
	// probing reports that the last wait was half of the interval, and settled that a half is too short.
	probing, settled bool
	settledAt        time.Time
	// refreshes since settledAt.
	refreshes int
	// spread reports that no time of refresh makes the samples young. later counts the attempts with a longer delay.
	spread bool
	later  int
	// aligned reports that the last refresh was expected to see a new scrape.
	aligned bool
	// rejected counts the probes in a row without newer samples.
	rejected int
	// misses counts the refreshes without a newer sample in a row, and longer the advances by more than an interval, of
	// which longerBy is the shortest.
	misses, longer int
	longerBy       time.Duration
	// credit pays for more queries than one per interval.
	credit int
	// hold is the number of refreshes at the period that are left of a penalty.
	hold, penalty int
}

// refreshed is one successful refresh.
type refreshed struct {
	evaluated time.Time
	took      time.Duration
	advance   plan.Advance
	// empty reports that the result has no elements.
	empty bool
}

// next returns the cadence after a refresh, and the time of the next one. ok is false where the samples have no times,
// so that only the period remains.
func (c cadence) next(period time.Duration, r refreshed) (_ cadence, next time.Time, ok bool) {
	if c.hold > 0 {
		c.hold--
		return c, time.Time{}, false
	}
	if r.advance.Newest.IsZero() && !r.empty {
		return cadence{floor: c.floor, penalty: c.penalty}, time.Time{}, false
	}
	if period <= minInterval {
		return c, time.Time{}, false
	}
	started := c.interval != 0
	if !started {
		c.interval, c.first, c.credit = period, minInterval, maxCredit
		c.delay = c.shortestDelay()
	}
	elapsed := r.evaluated.Sub(c.last)
	c.last, c.credit = r.evaluated, min(maxCredit, c.credit+1)
	c.refreshes++
	appeared := c.empty && !r.empty
	c.empty = r.empty
	switch {
	case !started:
	case appeared: // as of a target that starts: its interval is unknown
		c.first, c.misses = minInterval, 0
	case r.advance.Rows == 0:
		c.missed(period)
	default:
		c.found(period, elapsed, r)
	}
	next = c.schedule(r)
	wait := min(max(next.Sub(r.evaluated), minInterval, slowFactor*r.took), period)
	return c, r.evaluated.Add(wait), true
}

// failed returns the cadence after a query that was too heavy.
func (c cadence) failed() cadence {
	penalty := min(max(minPenalty, 2*c.penalty), maxPenalty)
	return cadence{floor: c.floor, hold: penalty, penalty: penalty}
}

func (c *cadence) shortestDelay() time.Duration { return min(c.floor, c.interval/8) }

// schedule returns the time of the next refresh.
func (c *cadence) schedule(r refreshed) time.Time {
	retry := max(minInterval, c.interval/8)
	c.delay = min(c.delay, c.interval*3/4)
	c.searchAgain(r.evaluated)
	switch wasAligned := c.aligned; {
	case c.first > 0 && c.pay(1):
		return r.evaluated.Add(c.first)
	case !c.settled && c.misses == 0 && c.longer == 0 && slowFactor*r.took < c.interval/2 && c.pay(1):
		c.probing, c.aligned = true, false
		return r.evaluated.Add(c.interval / 2)
	case c.misses == 1 && wasAligned && c.longer == 0 && 2*retry <= c.interval && c.pay(3):
		c.aligned = false
		return r.evaluated.Add(retry)
	case c.spread || r.empty:
		return r.evaluated.Add(c.interval)
	}
	c.aligned = true
	next := r.advance.Newest.Add(c.delay + c.interval)
	for next.Sub(r.evaluated) < minInterval*3/4 {
		next = next.Add(c.interval)
	}
	if next.Sub(r.evaluated) < c.interval*15/16 && !c.pay(3) {
		next, c.aligned = r.evaluated.Add(c.interval), false
	}
	return next
}

// searchAgain starts another search, which also ends the spread: targets may have gone.
func (c *cadence) searchAgain(now time.Time) {
	if c.settled && c.refreshes >= searchAgainRefreshes && now.Sub(c.settledAt) >= searchAgainAfter {
		c.settledAt, c.refreshes, c.spread = now, 0, false
		c.settled = c.interval < minInterval*7/5
	}
}

// pay takes the cost of one more query from the credit, if that has the cost of this many.
func (c *cadence) pay(least int) bool {
	if c.credit < least*probeCost {
		return false
	}
	c.credit -= probeCost
	return true
}
