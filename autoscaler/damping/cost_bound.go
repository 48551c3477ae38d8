package damping

import "time"

// The cost bound reduces the hold, the peak reserve and the safety stock, one after the other, while the used share of the bound
// grows from the first to the second number, to the least share of each. The hold costs most for its effect, so it is first.
const (
	minHoldShare                                  = 0.03
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

// addCost adds the pod-seconds of the elapsed time, of the target and of a plain HPA with the same load. Both sums decay with the
// time constant spec.CostWindow. The bounds in force, batches and fallbacks apply to the plain HPA too: they are no cost of damping.
func (s *State) addCost(spec *Spec, o *Observation, elapsed time.Duration) {
	seconds := elapsed.Seconds()
	if spec.CostWindow > 0 {
		keep := decay(elapsed, spec.CostWindow)
		s.PodSeconds, s.HPAPodSeconds = s.PodSeconds*keep, s.HPAPodSeconds*keep
	}
	s.PodSeconds += float64(s.Replicas) * seconds
	s.HPAPodSeconds += float64(o.bounded(s.HPAReplicas)) * seconds
}
