package store

import "time"

// missed learns from a refresh without a newer sample.
func (c *cadence) missed(period time.Duration) {
	switch {
	case c.first > 0:
		if c.first *= 2; c.first >= period {
			c.first = 0
		}
		return
	case c.probing:
		c.rejectProbe()
		return
	}
	if c.misses++; c.misses >= 4 {
		// The scrape interval has grown, or the target is gone.
		c.misses = 2
		c.lengthen(min(2*c.interval, period))
	}
}

// found learns from a refresh with newer samples.
func (c *cadence) found(period, elapsed time.Duration, r refreshed) {
	advance, age := r.advance.Least, r.evaluated.Sub(r.advance.Oldest)
	retried := c.misses > 0 && elapsed < c.interval*3/4
	c.misses = 0
	switch {
	case c.first > 0: // a row of many series advances by less, but its age is nearly an interval
		c.first, c.interval = 0, min(max(minInterval, advance, age), period)
		return
	case c.probing:
		c.probed(elapsed, advance, age)
		return
	case c.spread || age > c.interval+c.interval/8:
		c.measureAge(period, age)
	default:
		c.measure(period, advance)
	}
	c.align(retried, r.evaluated.Sub(r.advance.Newest))
}

// probed learns from newer samples after half of the interval.
func (c *cadence) probed(half, advance, age time.Duration) {
	c.probing = false
	switch {
	case age > half+half/8: // the oldest of many series: none is older than an interval
		c.interval = min(age, c.interval)
		c.settle()
	case advance > half+half/32 && advance < c.interval*9/10: // one series
		c.interval, c.rejected = advance, 0
	case advance > half+half/32:
		c.rejectProbe()
	default:
		c.interval, c.rejected = max(half, minInterval), 0
	}
	if c.interval < minInterval*7/5 {
		c.settle()
	}
}

// rejectProbe records that half of the interval brings no newer samples. One missed scrape is no proof.
func (c *cadence) rejectProbe() {
	c.probing = false
	if c.rejected++; c.rejected >= 2 {
		c.settle()
	}
}

func (c *cadence) settle() {
	c.settled, c.settledAt, c.refreshes, c.rejected = true, c.last, 0, 0
}

// lengthen sets a longer interval. Missed scrapes look like one, so another search follows.
func (c *cadence) lengthen(interval time.Duration) {
	if interval > c.interval {
		c.interval, c.settled, c.rejected = interval, false, 1
	}
}

// measure sets the interval to an advance: to the shortest one of three in a row that are longer, because a missed
// scrape makes one advance longer.
func (c *cadence) measure(period, advance time.Duration) {
	difference := advance - c.interval
	if difference > c.interval/20 {
		if c.longer++; c.longer == 1 || advance < c.longerBy {
			c.longerBy = advance
		}
		if c.longer >= 3 {
			c.longer = 0
			c.lengthen(min(c.longerBy, period))
		}
		return
	}
	c.longer = 0
	switch {
	case -difference <= c.interval/20:
		c.interval += difference / 4
	case advance >= c.interval/2:
		c.interval = advance
	}
	c.interval = min(max(minInterval, c.interval), period)
}

// measureAge moves the interval towards the age of the oldest series, which is at most an interval.
func (c *cadence) measureAge(period, age time.Duration) {
	if age > c.interval {
		c.interval = min(age, c.interval+c.interval/4, period)
	} else {
		c.interval = max(minInterval, c.interval-(c.interval-age)/16)
	}
}

// align adjusts the delay, so that the refresh sees the scrape of its own interval. youngest is the age of the newest
// sample.
func (c *cadence) align(retried bool, youngest time.Duration) {
	switch {
	case c.spread:
	case retried && youngest <= c.interval/2:
		c.delay, c.later = max(c.delay, youngest), 0
	case !c.aligned:
	case youngest <= c.delay+c.interval/2:
		c.later = 0
		if c.refreshes%64 == 0 {
			c.delay = max(c.shortestDelay(), c.delay*9/10)
		}
	case c.later < maxLater:
		// The scrape of this interval was not visible yet.
		c.later++
		c.delay = min(c.delay+max(time.Second, c.delay), c.interval*3/4)
	default:
		c.spread, c.later, c.delay = true, 0, c.shortestDelay()
	}
}
