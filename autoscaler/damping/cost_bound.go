package damping

import (
	"math"
	"time"
)

// The cost bound reduces the hold, the peak reserve and the safety stock, one after the other, while the used share of the bound
// grows from the first to the second number, to the least share of each. The hold costs most for its effect, so it is first.
const (
	holdShrinkFrom, holdShrinkTo, minHoldShare    = 0.8, 1, 0.03
	peaksShrinkFrom, peaksShrinkTo, minPeaksShare = 0.8, 1.2, 0.885
	safetyShrinkFrom, safetyShrinkTo              = 1, 2
)

// shareLeft returns the share of a rule that the cost bound leaves: from 1 to least.
func shareLeft(used, from, to, least float64) float64 {
	return max(least, min(1, 1-(1-least)*(used-from)/(to-from)))
}

// costRatio returns the pod-seconds of the target divided by those of a plain HPA; 1 where the HPA has none.
func (s *State) costRatio() float64 {
	if s.HPAPodSeconds == 0 {
		return 1
	}
	return s.PodSeconds / s.HPAPodSeconds
}

// costBoundUsed returns the share of the cost bound that is used: at least 0, above 1 where it is exceeded.
func (s *State) costBoundUsed(spec *Spec) float64 {
	if spec.CostWindow == 0 || spec.CostBound <= 0 {
		return 0
	}
	return max(0, s.costRatio()-1) / spec.CostBound
}

// addCost adds the pod-seconds of the elapsed time, of the target and of a plain HPA with the same load, and the HPA's next count.
// Both sums decay with the time constant spec.CostWindow.
func (s *State) addCost(spec *Spec, o *Observation, elapsed time.Duration, now time.Time) {
	seconds := elapsed.Seconds()
	if spec.CostWindow > 0 {
		keep := decay(elapsed, spec.CostWindow)
		s.PodSeconds, s.HPAPodSeconds = s.PodSeconds*keep, s.HPAPodSeconds*keep
	}
	s.PodSeconds += float64(s.Replicas) * seconds
	// The lower bound, batches and fallbacks apply to the plain HPA too: they are no cost of damping.
	s.HPAPodSeconds += float64(max(s.HPAReplicas, o.LowerBound, o.Fallback)) * seconds
	s.HPAReplicas = s.nextHPAReplicas(o, elapsed, now)
}

// nextHPAReplicas returns the next count of the plain HPA: the load, outside the tolerance, at most twice the count or 4, stabilized
// for scale-down.
func (s *State) nextHPAReplicas(o *Observation, elapsed time.Duration, now time.Time) int32 {
	replicas, load := s.HPAReplicas, s.hpaLoad(o, elapsed)
	if off := load/float64(max(1, replicas)) - 1; math.Abs(off) > o.Tolerance {
		replicas = max(1, min(ceil(load), max(4, 2*replicas)))
	}
	s.HPARequirements = push(s.HPARequirements, Requirement{Time: now, Replicas: float64(replicas)}, now.Add(-o.Stabilization))
	if replicas < s.HPAReplicas {
		replicas = min(s.HPAReplicas, int32(s.HPARequirements[0].Replicas))
	}
	return replicas
}

// hpaLoad returns the load that the pods of the plain HPA would show. A utilization is at most MaxRatio times the target, so that HPA
// reaches a higher load by one such factor per dead time.
func (s *State) hpaLoad(o *Observation, elapsed time.Duration) float64 {
	replicas := float64(max(1, s.HPAReplicas))
	if o.MaxRatio <= 1 || o.Load <= replicas*o.MaxRatio {
		return o.Load
	}
	return replicas * math.Pow(o.MaxRatio, elapsed.Seconds()/max(1, o.deadTime().Seconds()))
}
