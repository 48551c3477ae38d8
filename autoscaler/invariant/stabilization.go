package invariant

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// checkStabilization: a scale-down goes to the highest recommendation of its window at most, and with a behavior, a scale-up to the
// lowest one of its window.
func checkStabilization(c *Checker, d *decision) error {
	if !d.found {
		return nil
	}
	lowest, highest := d.recommended, d.recommended
	for _, r := range c.recommendations {
		age := d.now.Sub(r.Time)
		if within(age, d.spec.Down.Stabilization, d.spec.HasBehavior) {
			highest = max(highest, r.Replicas)
		}
		if within(age, d.spec.Up.Stabilization, d.spec.HasBehavior) {
			lowest = min(lowest, r.Replicas)
		}
	}
	if floor := min(d.Current, highest, d.Max); d.Desired < floor {
		return fmt.Errorf("stabilization: a recommendation of the last %s is %d", d.spec.Down.Stabilization, highest)
	}
	if d.spec.HasBehavior && int64(d.Desired) > max(int64(max(d.Current, d.Min)), int64(lowest)+int64(d.SetAside())) {
		return fmt.Errorf("stabilization: a recommendation of the last %s is %d", d.spec.Up.Stabilization, lowest)
	}
	return nil
}

// complete returns the recommendation that later stabilization windows have: where the current count is held because of partial values,
// the highest of what all values give and of the recommendation before.
func (c *Checker) complete(d *decision) int32 {
	held, given := false, c.last()
	for i := range d.Proposals {
		switch p := &d.Proposals[i]; {
		case p.Hold == engine.HoldPartial:
			held, given = true, max(given, p.Unheld)
		case p.Known || p.IsFallback:
			given = max(given, p.Replicas)
		}
	}
	for i := range d.Batches {
		p := &d.Batches[i]
		if held = held || p.Partial != ""; p.Partial != "" {
			given = max(given, p.Unheld)
		} else {
			given = max(given, p.Replicas)
		}
	}
	if !held || d.recommended != d.Current-d.SetAside() {
		return d.recommended
	}
	return min(d.recommended, given)
}

// last returns the newest recommendation; 0 without one.
func (c *Checker) last() int32 {
	newest := engine.Recommendation{}
	for _, r := range c.recommendations {
		if !r.Time.Before(newest.Time) {
			newest = r
		}
	}
	return newest.Replicas
}

// within reports whether a window includes this age. As upstream, it includes its edge without a behavior, but not with one.
func within(age, window time.Duration, behavior bool) bool {
	return age < window || age == window && !behavior
}
