package damping

import (
	"math"
	"time"
)

// What is dropped, in this order, the nearer the cost comes to its bound.
const (
	dropGuard  = 1
	dropSafety = 2
	dropLead   = 3
)

// spend counts the pod-seconds of the target, and of a plain HPA that had seen the same loads.
func (s *State) spend(spec *Spec, seen *Seen, elapsed time.Duration, now time.Time) {
	dt := elapsed.Seconds()
	if spec.CostWindow > 0 {
		keep := fade(elapsed, spec.CostWindow)
		s.Own, s.Plain = s.Own*keep, s.Plain*keep
	}
	s.Own += float64(s.Last) * dt
	s.Plain += float64(s.PlainReplicas) * dt
	wish := s.PlainReplicas
	if off := seen.Load/float64(max(1, wish)) - 1; math.Abs(off) > seen.Tolerance {
		wish = max(1, min(ceil(seen.Load), max(4, 2*wish)))
	}
	s.PlainNeeds = push(s.PlainNeeds, Need{At: now, Replicas: float64(wish)}, now.Add(-seen.Stabilisation))
	if wish < s.PlainReplicas {
		wish = min(s.PlainReplicas, int32(s.PlainNeeds[0].Replicas))
	}
	s.PlainReplicas = wish
}

func (s *State) ratio() float64 {
	if s.Plain == 0 {
		return 1
	}
	return s.Own / s.Plain
}

// dropped is how many parts are left out. The last goes when all of the bound is spent.
func (s *State) dropped(spec *Spec) int32 {
	if spec.CostWindow == 0 || s.Plain == 0 {
		return 0
	}
	switch over := s.ratio() - 1; {
	case over >= spec.CostOver:
		return dropLead
	case over >= 0.8*spec.CostOver:
		return dropSafety
	case over >= 0.6*spec.CostOver:
		return dropGuard
	default:
		return 0
	}
}
