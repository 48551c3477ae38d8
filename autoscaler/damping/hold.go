package damping

import "time"

// applyDeadBandAndHold sets the replicas of the recommendation:
//
//	required > current·(1 + deadBandUp)                  required, rounded up
//	highest of the hold ≤ current·(1 − deadBandDown)     that highest requirement, rounded up
//	otherwise                                            current
//
// The dead bands are shares of the current count, which the hunting guard widens.
func (r *Recommendation) applyDeadBandAndHold(spec *Spec, current int32) {
	n, widening := float64(current), r.widening()
	r.Replicas = current
	switch {
	case r.Required > n*(1+widening*spec.DeadBandUp):
		r.Replicas = ceil(r.Required)
	case r.Required > n:
		r.HoldReason = HoldWithinDeadBand
	case ceil(r.Required) == current:
	case r.LimitedLoad < r.Load:
		r.HoldReason = HoldUnconfirmedSurge
	case ceil(r.HighestRequired) >= current:
		r.HoldReason = HoldRecentRequirement
	case r.HighestRequired > n*(1-widening*spec.DeadBandDown):
		r.HoldReason = HoldWithinDeadBand
	default:
		r.Replicas = ceil(r.HighestRequired)
	}
}

// hold adds the requirement to those of the hold, and sets the length of the hold and its highest requirement. The hunting guard
// lengthens the hold, and the cost bound shortens it.
func (s *State) hold(spec *Spec, r *Recommendation, now time.Time) {
	r.Hold = time.Duration(r.widening() * float64(spec.Hold))
	if r.CostLimited {
		r.Hold = time.Duration(minHoldShare * float64(spec.Hold))
	}
	s.Requirements = push(s.Requirements, Requirement{Time: now, Replicas: r.Required}, now.Add(-r.Hold))
	r.HighestRequired = s.Requirements[0].Replicas
}

// push adds a requirement. It drops those before the cutoff, and those that are not higher than the new one: none of them can be the
// highest again. So the first one is the highest.
func push(requirements []Requirement, r Requirement, cutoff time.Time) []Requirement {
	for len(requirements) > 0 && requirements[len(requirements)-1].Replicas <= r.Replicas {
		requirements = requirements[:len(requirements)-1]
	}
	old := 0
	for old < len(requirements) && requirements[old].Time.Before(cutoff) {
		old++
	}
	if old > 0 {
		requirements = append(requirements[:0], requirements[old:]...)
	}
	return append(requirements, r)
}
