package controller

import (
	"time"

	"flyball.dev/flyball/autoscaler/policy"
)

const (
	// stepsPerTick bounds the occurrences that are computed for the windows of one autoscaler in a tick. A window that opens every
	// minute and overlaps itself takes a thousand; all windows of a spec could take a second of each tick.
	stepsPerTick = 500
	// recheckAfter is the time after which a window without a next change is computed again.
	recheckAfter = time.Hour
)

// changes has the next change of each window of an autoscaler.
type changes struct {
	of    *policy.Policy
	known []windowChange
}

// windowChange is the next change of a window.
type windowChange struct {
	// time of the change; the zero time for never, and while it is unknown.
	time  time.Time
	opens bool
	// from and until bound the time in which this is valid.
	from, until time.Time
	// searched is the number of occurrences in which no change was found.
	searched int
}

// update computes the outdated changes, up to stepsPerTick occurrences. A window whose occurrences overlap may take several
// ticks.
func (c *changes) update(p *policy.Policy, now time.Time) {
	if c.of != p {
		c.of, c.known = p, make([]windowChange, len(p.Spec.Windows))
	}
	steps := stepsPerTick
	for i := range c.known {
		known := &c.known[i]
		if !now.Before(known.from) && now.Before(known.until) {
			continue
		}
		if steps <= 0 {
			return
		}
		limit := min(max(2*known.searched, 100), 1000)
		change, opens, used := p.Spec.Windows[i].ChangeWithin(now, limit)
		steps -= used
		*known = windowChange{time: change, opens: opens, from: now, until: change}
		if change.IsZero() && (opens || limit == 1000) {
			known.until = now.Add(recheckAfter)
		} else if change.IsZero() {
			known.searched = limit
		}
	}
}
