package damping

import (
	"math"
	"time"
)

// spend counts the pod-seconds of the target, and of a plain HPA that had seen the same loads.
func (s *State) spend(spec *Spec, seen *Seen, elapsed time.Duration, now time.Time) {
	dt := elapsed.Seconds()
	if spec.CostWindow > 0 {
		keep := fade(elapsed, spec.CostWindow)
		s.Own, s.Plain = s.Own*keep, s.Plain*keep
	}
	s.Own += float64(s.Last) * dt
	// Lower bounds, batches and fallbacks hold the plain HPA up, too: they are not what damping costs.
	s.Plain += float64(max(s.PlainReplicas, seen.Least, seen.Fallback)) * dt
	wish, load := s.PlainReplicas, s.shown(seen, elapsed)
	if off := load/float64(max(1, wish)) - 1; math.Abs(off) > seen.Tolerance {
		wish = max(1, min(ceil(load), max(4, 2*wish)))
	}
	s.PlainNeeds = push(s.PlainNeeds, Need{At: now, Replicas: float64(wish)}, now.Add(-seen.Stabilisation))
	if wish < s.PlainReplicas {
		wish = min(s.PlainReplicas, int32(s.PlainNeeds[0].Replicas))
	}
	s.PlainReplicas = wish
}

// shown is the load as the pods of the plain HPA would show it. Of utilisation they cannot show more than all that they have,
// so that HPA comes to a load beyond by one such factor in each dead time.
func (s *State) shown(seen *Seen, elapsed time.Duration) float64 {
	plain := float64(max(1, s.PlainReplicas))
	if seen.Fullest <= 1 || seen.Load <= plain*seen.Fullest {
		return seen.Load
	}
	return plain * math.Pow(seen.Fullest, elapsed.Seconds()/max(1, seen.deadTime().Seconds()))
}

func (s *State) ratio() float64 {
	if s.Plain == 0 {
		return 1
	}
	return s.Own / s.Plain
}

// strain is how much of the bound is spent: 0 for nothing, 1 for all of it, and more beyond.
func (s *State) strain(spec *Spec) float64 {
	if spec.CostWindow == 0 || spec.CostOver <= 0 {
		return 0
	}
	return max(0, s.ratio()-1) / spec.CostOver
}

// Parts give way to the bound one after the other, each the more the greater the strain is: first the hold, which costs
// most for what it brings, then the readiness for peaks, and at last the safety.
const (
	holdGivesFrom, holdGivesTo, leastHold  = 0.8, 1, 0.03
	safetyGivesFrom, safetyGivesTo         = 1, 2
	peaksGiveFrom, peaksGiveTo, leastPeaks = 0.8, 1.2, 0.885
)

// given is the share of a part that is left, between the whole and the least.
func given(strain, from, to, least float64) float64 {
	return max(least, min(1, 1-(1-least)*(strain-from)/(to-from)))
}
