package invariant

import (
	"fmt"
	"time"
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

// within reports whether a window includes this age. As upstream, it includes its edge without a behavior, but not with one.
func within(age, window time.Duration, behavior bool) bool {
	return age < window || age == window && !behavior
}
