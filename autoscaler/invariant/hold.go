package invariant

import (
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// checkStabilization: a count goes down no further than the highest recommendation of its window, and with a behavior up no
// further than the lowest.
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
	if d.spec.HasBehavior && d.Desired > max(d.Current, lowest, d.Min) {
		return fmt.Errorf("stabilization: a recommendation of the last %s is %d", d.spec.Up.Stabilization, lowest)
	}
	return nil
}

// within says whether a window reaches back so far. As upstream, it includes its edge without a behavior, and not with one.
func within(age, window time.Duration, behavior bool) bool {
	return age < window || age == window && !behavior
}

// longestGap is the time without a load after which damping starts anew from the current count.
const longestGap = 10 * time.Minute

// recordNeed adds what damping required, and drops what the hold in force does not reach.
func (c *Checker) recordNeed(d *decision) {
	wish := &d.Damping
	gap := d.now.Sub(c.loadAt)
	anew := !wish.NoLoad && (c.loadAt.IsZero() || gap > longestGap || gap < 0)
	if anew || wish.NoLoad && len(c.needs) == 0 {
		c.needs = append(c.needs[:0], damping.Requirement{Time: d.now, Replicas: float64(d.Current)})
	}
	kept := c.needs[:0]
	for _, n := range c.needs {
		if !n.Time.Before(d.now.Add(-wish.Hold)) && n.Replicas > wish.Required { // a lower one is never the highest again
			kept = append(kept, n)
		}
	}
	c.needs = append(kept, damping.Requirement{Time: d.now, Replicas: wish.Required})
	if !wish.NoLoad {
		c.loadAt = d.now
	}
}

// highestNeed is the highest requirement of the hold.
func (c *Checker) highestNeed(d *decision) float64 {
	highest, found := 0.0, false
	for _, n := range c.needs {
		if !n.Time.Before(d.now.Add(-d.spec.Damping.Hold)) || d.Damped {
			highest, found = max(highest, n.Replicas), true
		}
	}
	if !found {
		return float64(d.Current) // a hold starts from what it finds
	}
	return highest
}

// checkHold: with damping, a count goes down no further than the highest requirement within the hold, whatever path leads
// there. Where metrics have values, the path leads through damping, and the load is no less than what the metrics that are one
// value to be shared say.
func checkHold(c *Checker, d *decision) error {
	if d.spec.Damping == nil || !d.found || d.Current == 0 || len(d.spec.Metrics) == 0 {
		return nil
	}
	highest := c.highestNeed(d)
	if floor := min(float64(d.Current), float64(d.Max), math.Ceil(highest-1e-9)); float64(d.Desired) < floor {
		return fmt.Errorf("hold: %g were required within the hold of %s; damped: %t", highest, d.spec.Damping.Hold, d.Damped)
	}
	if !d.Damped && d.Desired >= d.Current && partial(d) {
		return nil // damping learns nothing from a value that may be too low
	}
	for i := range d.Proposals {
		m := &d.spec.Metrics[i]
		if !d.Proposals[i].Known || d.Proposals[i].Hold == engine.HoldInactive || m.TargetType != engine.AverageValue || m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods {
			continue
		}
		load := min(math.MaxInt32, float64(d.seen.Readings[i].Value)/float64(m.Target))
		if !d.Damped || d.Damping.Load < load*(1-1e-9) {
			return fmt.Errorf("hold: metric %d is a load of %g, and damping saw %g; damped: %t", i, load, d.Damping.Load, d.Damped)
		}
	}
	return nil
}

// partial reports whether the value of a metric may be too low: it is partial, or pods in doubt were put in.
func partial(d *decision) bool {
	for i := range d.Proposals {
		if p := &d.Proposals[i]; p.Partial != "" || (p.Ratio < 1 && p.Adjusted != 0) {
			return true
		}
	}
	return false
}

// checkDeadBand: with damping, a load scales in only where the highest requirement of the hold is below the dead band.
func checkDeadBand(c *Checker, d *decision) error {
	if d.spec.Damping == nil || !d.found || !d.Damped || d.Damping.NoLoad || d.Desired >= d.Current {
		return nil
	}
	if edge := float64(d.Current) * (1 - d.spec.Damping.DeadBandDown); c.highestNeed(d) > edge {
		return fmt.Errorf("dead band: %g were required, and it begins at %g", c.highestNeed(d), edge)
	}
	return nil
}
