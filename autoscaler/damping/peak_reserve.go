package damping

import (
	"math"
	"time"
)

const (
	usualTimeConstant = 3 * time.Hour
	// peakStep is the change of the logarithm of the peak ratio per second: an hour above the peak raises it by a factor of
	// e^(0.95·1.2), and an hour below lowers it by 6 %.
	peakStep = 1.2 / 3600
	// maxLogPeakRatio limits the peak ratio, as a logarithm: to twelve times the usual load.
	maxLogPeakRatio = 2.5
	// ratioOffset, in replicas, reduces the random variation in the ratio of small loads.
	ratioOffset = 0.3
	// The reserve grows from 0 at reserveFromUnforeseen, the share of the time with an unforeseen load, to its full size at
	// reserveFullUnforeseen.
	reserveFromUnforeseen, reserveFullUnforeseen = 0.03, 0.06
)

// updatePeak updates the usual load, and the peak ratio: the quantile of load/usual that is exceeded for the share 1 − PeakShare of
// the time. It follows by stochastic approximation (Robbins and Monro, A stochastic approximation method, 1951):
//
//	ln peak ← ln peak + step·PeakShare          while ln(load/usual) is above it
//	ln peak ← ln peak − step·(1 − PeakShare)    while it is not
//
// No forecast predicts the next peak of a load that jumps, and new pods are late for it, so the replicas for it must be ready before.
// The cost bound lowers PeakShare.
func (s *State) updatePeak(spec *Spec, load float64, elapsed time.Duration) {
	if spec.PeakShare <= 0 || elapsed <= 0 {
		return
	}
	s.UsualLoad += (1 - decay(elapsed, usualTimeConstant)) * (load - s.UsualLoad)
	share := spec.PeakShare * shareLeft(s.costBoundUsed(spec), peaksShrinkFrom, peaksShrinkTo, minPeaksShare)
	step := peakStep * min(elapsed, time.Minute).Seconds()
	if math.Log((load+ratioOffset)/(s.UsualLoad+ratioOffset)) > s.LogPeakRatio {
		s.LogPeakRatio = min(maxLogPeakRatio, s.LogPeakRatio+step*share)
	} else {
		s.LogPeakRatio = max(0, s.LogPeakRatio-step*(1-share))
	}
}

// peakReserve returns the replicas for the usual peaks, at the headroom, in proportion to how often the load is unforeseen. A load
// that forecasts predict has no reserve.
func (s *State) peakReserve(spec *Spec) float64 {
	if spec.PeakShare <= 0 {
		return 0
	}
	part := max(0, min(1, (s.UnforeseenShare-reserveFromUnforeseen)/(reserveFullUnforeseen-reserveFromUnforeseen)))
	return part * s.UsualLoad * math.Exp(s.LogPeakRatio) / max(1, spec.Headroom)
}
