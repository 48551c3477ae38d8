package invariant

import (
	"fmt"

	"flyball.dev/flyball/autoscaler/engine"
)

// checkBounds: the bounds in force are those of the spec and of the open windows, and the desired count is within them, unless
// the target is paused at zero, or no metric scales it up from there.
func checkBounds(_ *Checker, d *decision) error {
	low, high, known := inForce(d)
	switch {
	case d.Min < 0 || d.Min > d.Max:
		return fmt.Errorf("bounds: [%d, %d] are crossed or negative", d.Min, d.Max)
	case known && (low != d.Min || high != d.Max):
		return fmt.Errorf("bounds: the spec and its open windows give [%d, %d]", low, high)
	case d.Current == 0 && d.Desired == 0 && d.ScalingActive.Status == engine.False:
		return nil
	case d.Desired < d.Min || d.Desired > d.Max:
		return fmt.Errorf("bounds: %d is outside", d.Desired)
	default:
		return nil
	}
}

// inForce merges the bounds of the open windows: of the highest priority, the highest minimum and the lowest maximum, where a
// minimum prevails. known is false where a window has a lead or a ramp, which inForce does not implement.
func inForce(d *decision) (low, high int32, known bool) {
	low, high = d.spec.MinReplicas, d.spec.MaxReplicas
	var highest int32
	open, floor, ceiling, floorHasCeiling := false, false, false, false
	for i := range d.spec.Windows {
		w := &d.spec.Windows[i]
		if w.Lead > 0 || w.Ramp > 0 {
			return 0, 0, false
		}
		_, isOpen := w.Open(d.now)
		switch {
		case !isOpen || open && w.Priority < highest:
			continue
		case !open || w.Priority > highest:
			open, highest, floor, ceiling = true, w.Priority, false, false
			low, high = d.spec.MinReplicas, d.spec.MaxReplicas
		}
		if w.HasMin && (!floor || w.Min > low) {
			low, floor, floorHasCeiling = w.Min, true, w.HasMax
		}
		if w.HasMax && (!ceiling || w.Max < high) {
			high, ceiling = w.Max, true
		}
	}
	switch {
	case low <= high:
	case floor && (ceiling || floorHasCeiling):
		high = low
	default:
		low = high
	}
	return low, high, true
}

// checkUnknown: a metric or a backlog without a value never scales in, and without a proposal nothing changes.
func checkUnknown(_ *Checker, d *decision) error {
	if !d.follows {
		return nil
	}
	if d.Current > 0 && !d.found && d.Desired != d.Current {
		return fmt.Errorf("unknown: a change without a proposal")
	}
	if d.Desired >= d.Current {
		return nil
	}
	for i := range d.Proposals {
		if p := &d.Proposals[i]; !p.Known && !p.IsFallback {
			return fmt.Errorf("unknown: metric %d has no value: %s", i, p.Problem)
		}
	}
	for i := range d.Batches {
		if p := &d.Batches[i]; p.Problem != "" {
			return fmt.Errorf("unknown: batch %d has no backlog: %s", i, p.Problem)
		}
	}
	return nil
}
