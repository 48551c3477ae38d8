package invariant

import (
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// checkRateDown: with a behavior, a scale-down goes no further than its policies allow.
func checkRateDown(c *Checker, d *decision) error {
	if !d.follows || !d.spec.HasBehavior || d.Desired >= d.Current || wraps(d) {
		return nil
	}
	floor := d.Current
	if rules := &d.spec.Down; rules.Select != engine.SelectDisabled && len(rules.Policies) > 0 {
		floor = c.allowed(d, rules, -1)
	}
	if floor = min(floor, d.Current); d.Desired < floor {
		return fmt.Errorf("rate: scale-down is allowed to %d", floor)
	}
	return nil
}

// checkRateUp: a scale-up goes no further than its policies allow, or without a behavior to twice the count, or 4. A target that
// leaves zero can go to the lower bound.
func checkRateUp(c *Checker, d *decision) error {
	if !d.follows || d.Desired <= d.Current || wraps(d) {
		return nil
	}
	ceiling := d.Current
	switch rules := &d.spec.Up; {
	case !d.spec.HasBehavior:
		ceiling = saturated(max(4+float64(d.SetAside()), 2*float64(d.Current)))
	case rules.Select != engine.SelectDisabled && len(rules.Policies) > 0:
		ceiling = c.allowed(d, rules, 1)
	}
	if ceiling = max(ceiling, d.Current, d.Min); d.Desired > ceiling {
		return fmt.Errorf("rate: scale-up is allowed to %d", ceiling)
	}
	return nil
}

// allowed returns the count that the policies of a direction, 1 or -1, allow: that of the policy with the largest change, or with the
// smallest.
func (c *Checker) allowed(d *decision, rules *engine.Rules, direction float64) int32 {
	furthest, nearest := math.Inf(-1), math.Inf(1)
	for _, p := range rules.Policies {
		start := float64(saturated(float64(d.Current) - changed(c.ups, d.now, p.Period) + changed(c.downs, d.now, p.Period)))
		to := start + direction*float64(p.Value)
		if p.Percent {
			to = start * (1 + direction*float64(p.Value)/100)
			if direction > 0 {
				to = math.Ceil(to)
			} else {
				to = math.Trunc(to)
			}
		}
		furthest, nearest = max(furthest, direction*to), min(nearest, direction*to)
	}
	if rules.Select == engine.SelectMin {
		return saturated(direction * nearest)
	}
	return saturated(direction * furthest)
}

// changed returns the sum of the changes within the period.
func changed(events []engine.ScaleEvent, now time.Time, period time.Duration) float64 {
	sum := 0.0
	for _, e := range events {
		if now.Sub(e.Time) < period {
			sum += float64(e.Change)
		}
	}
	return sum
}

// wraps reports whether numbers of the decision can overflow, because SaturatedNumbers is off.
func wraps(d *decision) bool {
	return d.spec.Without&engine.SaturatedNumbers != 0
}
