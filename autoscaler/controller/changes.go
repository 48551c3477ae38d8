package controller

import (
	"time"

	"flyball.dev/flyball/autoscaler/policy"
)

const (
	// stepsPerTick is how many occurrences of the windows of one autoscaler are followed in a tick. Windows that open every
	// minute and overlap take a thousand each, which is a second a tick for all that a spec may have.
	stepsPerTick = 500
	// endlessFor is how long a window counts as one that never changes, before it is followed again.
	endlessFor = time.Hour
)

// changes keeps when each window of an autoscaler changes next, until it does.
type changes struct {
	of    *policy.Policy
	known []windowChange
}

// windowChange is the next change of a window: at is the zero time for never, and where it is not known yet.
type windowChange struct {
	at    time.Time
	opens bool
	// from and until are when this holds.
	from, until time.Time
	// reach is how many occurrences were too few to find it.
	reach int
}

// follow brings the changes up to date, of as many windows as there is time for. A window whose occurrences overlap is
// followed further in each tick.
func (c *changes) follow(p *policy.Policy, now time.Time) {
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
		most := min(max(2*known.reach, 100), 1000)
		at, opens, followed := p.Spec.Windows[i].ChangeWithin(now, most)
		steps -= followed
		*known = windowChange{at: at, opens: opens, from: now, until: at}
		if at.IsZero() && (opens || most == 1000) {
			known.until = now.Add(endlessFor)
		} else if at.IsZero() {
			known.reach = most
		}
	}
}
