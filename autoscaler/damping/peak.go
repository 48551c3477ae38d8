package damping

import (
	"math"
	"time"
)

const (
	usualTime = 3 * time.Hour
	// peakStep is by how much, in a second, the logarithm of the peak moves: an hour that is all above it raises it by
	// e^(0.95·1.2), and one that is all below lowers it by 6 %.
	peakStep = 1.2 / 3600
	// highestPeak bounds the peak, as a logarithm: twelve times the usual load.
	highestPeak = 2.5
	// small keeps the ratio of small loads from being of chance alone, in replicas.
	small = 0.3
	// Where the load is unforeseen for less than earnsFrom of the time, forecasts will do; from earnsTo on there is readiness
	// for all of the peaks.
	earnsFrom, earnsTo = 0.03, 0.06
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
func (s *State) notePeak(spec *Spec, load float64, elapsed time.Duration) {
	if spec.Peaks <= 0 || elapsed <= 0 {
		return
	}
	s.Usual += (1 - fade(elapsed, usualTime)) * (load - s.Usual)
	share := spec.Peaks * given(s.strain(spec), peaksGiveFrom, peaksGiveTo, leastPeaks)
	step := peakStep * min(elapsed, time.Minute).Seconds()
	if math.Log((load+small)/(s.Usual+small)) > s.Peak {
		s.Peak = min(highestPeak, s.Peak+step*share)
	} else {
		s.Peak = max(0, s.Peak-step*(1-share))
	}
}

// floor is the replicas that are ready for the usual peaks: as full as the headroom lets them be, and as far as forecasts have
// failed. A load that can be foreseen is met as it comes.
func (s *State) floor(spec *Spec) float64 {
	if spec.Peaks <= 0 {
		return 0
	}
	earned := max(0, min(1, (s.Unforeseen-earnsFrom)/(earnsTo-earnsFrom)))
	return earned * s.Usual * math.Exp(s.Peak) / max(1, spec.Headroom)
}
