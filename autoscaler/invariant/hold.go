package invariant

import (
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// longestGap is the time without a load after which damping starts again from the current count.
const longestGap = 10 * time.Minute

// recordRequirement adds the requirement of damping, and drops those before the hold in force.
func (c *Checker) recordRequirement(d *decision) {
	r := &d.Damping
	gap := d.now.Sub(c.loadTime)
	restart := !r.NoLoad && (c.loadTime.IsZero() || gap > longestGap || gap < 0)
	if restart || r.NoLoad && len(c.requirements) == 0 {
		c.requirements = append(c.requirements[:0], damping.Requirement{Time: d.now, Replicas: float64(d.Current - d.SetAside())})
	}
	kept := c.requirements[:0]
	for _, n := range c.requirements {
		if !n.Time.Before(d.now.Add(-r.Hold)) && n.Replicas > r.Required { // a lower one cannot be the highest again
			kept = append(kept, n)
		}
	}
	c.requirements = append(kept, damping.Requirement{Time: d.now, Replicas: r.Required})
	if !r.NoLoad {
		c.loadTime = d.now
	}
}

// highestRequired returns the highest requirement of the hold.
func (c *Checker) highestRequired(d *decision) float64 {
	highest, found := 0.0, false
	for _, n := range c.requirements {
		if !n.Time.Before(d.now.Add(-d.spec.Damping.Hold)) || d.Damped {
			highest, found = max(highest, n.Replicas), true
		}
	}
	if !found {
		return float64(d.Current - d.SetAside()) // a hold starts from the current count
	}
	return highest
}

// checkHold: with damping, a scale-down goes to the highest requirement of the hold at most, by whichever rule. Where metrics have
// values, damping runs, and its load is at least that of each AverageValue metric with one value.
func checkHold(c *Checker, d *decision) error {
	if d.spec.Damping == nil || !d.found || d.Current == 0 || len(d.spec.Metrics) == 0 {
		return nil
	}
	highest := c.highestRequired(d)
	if floor := min(float64(d.Current), float64(d.Max), math.Ceil(highest-1e-9)); float64(d.Desired) < floor {
		return fmt.Errorf("hold: %g were required within the hold of %s; damped: %t", highest, d.spec.Damping.Hold, d.Damped)
	}
	if !d.Damped && d.Desired >= d.Current && partial(d) {
		return nil // damping skips a value that can be too low
	}
	for i := range d.Proposals {
		m := &d.spec.Metrics[i]
		if !d.Proposals[i].Known || d.Proposals[i].Hold == engine.HoldInactive || m.TargetType != engine.AverageValue || m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods {
			continue
		}
		load := min(math.MaxInt32, float64(d.seen.Readings[i].Value)/float64(m.Target))
		if !d.Damped || d.Damping.Load < load*(1-1e-9) {
			return fmt.Errorf("hold: metric %d is a load of %g, and damping has %g; damped: %t", i, load, d.Damping.Load, d.Damped)
		}
	}
	return nil
}

// partial reports whether the value of a metric can be too low: it is partial, or adjusted for pods without a usable sample.
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
	if edge := float64(d.Current) * (1 - d.spec.Damping.DeadBandDown); c.highestRequired(d) > edge {
		return fmt.Errorf("dead band: %g were required, and it begins at %g", c.highestRequired(d), edge)
	}
	return nil
}
