package damping

import (
	"math"
	"time"
)

// spend counts the pod-seconds of the target, and of a plain HPA that had seen the same loads.
func (s *State) addCost(spec *Spec, seen *Observation, elapsed time.Duration, now time.Time) {
	dt := elapsed.Seconds()
	if spec.CostWindow > 0 {
		keep := decay(elapsed, spec.CostWindow)
		s.PodSeconds, s.HPAPodSeconds = s.PodSeconds*keep, s.HPAPodSeconds*keep
	}
	s.PodSeconds += float64(s.Replicas) * dt
	// Lower bounds, batches and fallbacks hold the plain HPA up, too: they are not what damping costs.
	s.HPAPodSeconds += float64(max(s.HPAReplicas, seen.LowerBound, seen.Fallback)) * dt
	wish, load := s.HPAReplicas, s.hpaLoad(seen, elapsed)
	if off := load/float64(max(1, wish)) - 1; math.Abs(off) > seen.Tolerance {
		wish = max(1, min(ceil(load), max(4, 2*wish)))
	}
	s.HPARequirements = push(s.HPARequirements, Requirement{Time: now, Replicas: float64(wish)}, now.Add(-seen.Stabilization))
	if wish < s.HPAReplicas {
		wish = min(s.HPAReplicas, int32(s.HPARequirements[0].Replicas))
	}
	s.HPAReplicas = wish
}

// shown is the load as the pods of the plain HPA would show it. Of utilisation they cannot show more than all that they have,
// so that HPA comes to a load beyond by one such factor in each dead time.
func (s *State) hpaLoad(seen *Observation, elapsed time.Duration) float64 {
	plain := float64(max(1, s.HPAReplicas))
	if seen.MaxRatio <= 1 || seen.Load <= plain*seen.MaxRatio {
		return seen.Load
	}
	return plain * math.Pow(seen.MaxRatio, elapsed.Seconds()/max(1, seen.deadTime().Seconds()))
}

func (s *State) costRatio() float64 {
	if s.HPAPodSeconds == 0 {
		return 1
	}
	return s.PodSeconds / s.HPAPodSeconds
}

// strain is how much of the bound is spent: 0 for nothing, 1 for all of it, and more beyond.
func (s *State) costBoundUsed(spec *Spec) float64 {
	if spec.CostWindow == 0 || spec.CostBound <= 0 {
		return 0
	}
	return max(0, s.costRatio()-1) / spec.CostBound
}

// Parts give way to the bound one after the other, each the more the greater the strain is: first the hold, which costs
// most for what it brings, then the readiness for peaks, and at last the safety.
const (
	holdShrinkFrom, holdShrinkTo, minHoldShare    = 0.8, 1, 0.03
	safetyShrinkFrom, safetyShrinkTo              = 1, 2
	peaksShrinkFrom, peaksShrinkTo, minPeaksShare = 0.8, 1.2, 0.885
)

// given is the share of a part that is left, between the whole and the least.
func shareLeft(strain, from, to, least float64) float64 {
	return max(least, min(1, 1-(1-least)*(strain-from)/(to-from)))
}
