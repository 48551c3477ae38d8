package damping

import (
	"math"
	"time"
)

// settle turns the need into replicas.
func (s *State) recommend(spec *Spec, seen *Observation, w *Recommendation, now time.Time) {
	current := seen.Current
	wide := w.widening()
	n := float64(current)
	s.hold(spec, w, now)
	w.Replicas = current
	switch {
	case w.Required > n*(1+wide*spec.DeadBandUp):
		w.Replicas = ceil(w.Required)
	case w.Required > n:
		w.HoldReason = HoldWithinDeadBand
	case ceil(w.Required) == current:
	case w.LimitedLoad < w.Load:
		w.HoldReason = HoldUnconfirmedSurge
	case ceil(w.HighestRequired) >= current:
		w.HoldReason = HoldRecentRequirement
	case w.HighestRequired > n*(1-wide*spec.DeadBandDown):
		w.HoldReason = HoldWithinDeadBand
	default:
		w.Replicas = ceil(w.HighestRequired)
	}
}

// wide is the factor by which the guard widens band and hold.
func (w *Recommendation) widening() float64 { return 1 + widenPerStep*float64(w.GuardSteps) }

// keep adds the need to those of the hold, and gives the highest of them.
func (s *State) hold(spec *Spec, w *Recommendation, now time.Time) {
	w.Hold = time.Duration(w.widening() * shareLeft(w.CostBoundUsed, holdShrinkFrom, holdShrinkTo, minHoldShare) * float64(spec.Hold))
	s.Requirements = push(s.Requirements, Requirement{Time: now, Replicas: w.Required}, now.Add(-w.Hold))
	w.HighestRequired = s.Requirements[0].Replicas
}

// push adds a need, and drops those before the cutoff, and those that are not higher than it: they can no longer be the
// highest.
func push(needs []Requirement, n Requirement, cutoff time.Time) []Requirement {
	for len(needs) > 0 && needs[len(needs)-1].Replicas <= n.Replicas {
		needs = needs[:len(needs)-1]
	}
	old := 0
	for old < len(needs) && needs[old].Time.Before(cutoff) {
		old++
	}
	if old > 0 {
		needs = append(needs[:0], needs[old:]...)
	}
	return append(needs, n)
}

// ceil makes a count of replicas. What is a rounding error above a whole number is one.
func ceil(x float64) int32 {
	return int32(max(0, min(math.MaxInt32, math.Ceil(x-1e-9))))
}
