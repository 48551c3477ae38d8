package damping

import (
	"math"
	"time"
)

const (
	usualTimeConstant = 3 * time.Hour
	// peakStep is by how much, in a second, the logarithm of the peak moves: an hour that is all above it raises it by
	// e^(0.95·1.2), and one that is all below lowers it by 6 %.
	peakStep = 1.2 / 3600
	// highestPeak bounds the peak, as a logarithm: twelve times the usual load.
	maxLogPeakRatio = 2.5
	// small keeps the ratio of small loads from being of chance alone, in replicas.
	ratioOffset = 0.3
	// Where the load is unforeseen for less than earnsFrom of the time, forecasts will do; from earnsTo on there is readiness
	// for all of the peaks.
	reserveFromUnforeseen, reserveFullUnforeseen = 0.03, 0.06
)

// notePeak follows the usual load, and how far above it the load comes at its peaks: the quantile of the ratio of the two
// that is exceeded for the share 1 − Peaks of the time. It is where steps up and steps down balance (Robbins and Monro, A
// stochastic approximation method, 1951):
//
//	peak += step·Peaks          while ln(load/usual) is above it
//	peak −= step·(1 − Peaks)    while it is not
//
// A load that jumps about has its next peak at a time that nobody can forecast, and pods for it are late unless they are
// there. The nearer the cost comes to its bound, the more peaks are left to be met as they come.
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

// floor is the replicas that are ready for the usual peaks: as full as the headroom lets them be, and as far as forecasts have
// failed. A load that can be foreseen is met as it comes.
func (s *State) peakReserve(spec *Spec) float64 {
	if spec.PeakShare <= 0 {
		return 0
	}
	earned := max(0, min(1, (s.UnforeseenShare-reserveFromUnforeseen)/(reserveFullUnforeseen-reserveFromUnforeseen)))
	return earned * s.UsualLoad * math.Exp(s.LogPeakRatio) / max(1, spec.Headroom)
}
