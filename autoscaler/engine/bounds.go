package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// setBounds sets the bounds in force, as [schedule.Merge] defines them, the open windows, and the time of the next change.
func (e *evaluation) setBounds() {
	d := e.d
	var now schedule.InForce
	now, d.OpenWindows = schedule.Merge(e.spec.Windows, e.spec.ownBounds(), e.now, d.OpenWindows)
	d.Min, d.Max, d.MinWindow, d.MaxWindow, d.NextEdge = now.Min, now.Max, now.MinWindow, now.MaxWindow, now.Next
}

// ownBounds returns minReplicas and maxReplicas.
func (s *Spec) ownBounds() schedule.Bounds {
	return schedule.Bounds{Min: s.MinReplicas, Max: s.MaxReplicas}
}

// NeedsMetrics reports whether a decision about this many replicas reads metrics. A count outside the bounds in force does not:
// it is corrected to a bound whatever a metric proposes, unless the spec has batches, which plan in any case.
func NeedsMetrics(spec *Spec, replicas int32, now time.Time) bool {
	if replicas == 0 || len(spec.Batches) > 0 {
		return true
	}
	bounds, _ := schedule.Merge(spec.Windows, spec.ownBounds(), now, nil)
	return bounds.Min <= replicas && replicas <= bounds.Max
}

// correctToBounds sets the desired count to the bound that the current count violates, without metrics, damping or rate limits.
func (e *evaluation) correctToBounds() {
	d := e.d
	s := e.lowerBound(d.Current)
	if d.Current > d.Max {
		s = e.upperBound(d.Current)
	}
	e.step(s)
	d.Desired = s.To
}

// limitToBounds returns replicas, or the bound in force that they violate.
func (e *evaluation) limitToBounds(replicas int32) int32 {
	d := e.d
	switch rateLimited := d.ScalingLimited.Status == True; {
	case d.Current > 0 && rateLimited:
		return replicas // the rate limit lies within the bounds; without SaturatedNumbers it is negative where upstream's is
	case replicas > d.Max:
		return e.limited(e.upperBound(replicas))
	case replicas < d.Min && d.Current == 0 && e.spec.HasBehavior:
		// With a behavior, upstream compares a scale-up with maxReplicas only. Its next sync applies minReplicas.
		e.step(e.lowerBound(replicas))
		return d.Min
	case replicas < d.Min:
		return e.limited(e.lowerBound(replicas))
	default:
		return replicas
	}
}

// lowerBound returns the step from a count to the lower bound in force.
func (e *evaluation) lowerBound(from int32) Step {
	return boundStep(from, e.d.Min, e.d.MinWindow, ReasonTooFewReplicas)
}

// upperBound returns the step from a count to the upper bound in force.
func (e *evaluation) upperBound(from int32) Step {
	return boundStep(from, e.d.Max, e.d.MaxWindow, ReasonTooManyReplicas)
}

// boundStep returns the step to a bound. window is the index of the window that sets it, or -1 for the spec.
func boundStep(from, to int32, window int, code string) Step {
	kind := StepBounds
	if window >= 0 {
		kind = StepWindow
	}
	return Step{Kind: kind, From: from, To: to, Index: window, Code: code}
}
