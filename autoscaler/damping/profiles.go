package damping

import "time"

// The profiles are by what one wants of damping. docs/damping.md has their scores.

// Balanced is what is recommended.
func Balanced() Spec {
	return Spec{
		SurgeLimit: 3, Headroom: 1.35, Staffing: 0.6, SafetyFactor: 0.5, PeakShare: 0.93, ForecastHorizon: 5 * time.Minute,
		DeadBandUp: 0.12, DeadBandDown: 0.13, Hold: 20 * time.Minute,
		GuardSteps: 4, CostBound: 0.13, CostWindow: 6 * time.Hour,
	}
}

// Responsive pays for less lateness.
func Responsive() Spec {
	s := Balanced()
	s.Headroom, s.Staffing, s.SafetyFactor, s.PeakShare, s.DeadBandUp, s.CostBound = 1.2, 0.5, 1, 0.95, 0.08, 0.3
	return s
}

// Thrifty is late for less cost.
func Thrifty() Spec {
	s := Balanced()
	s.PeakShare, s.Hold, s.CostBound = 0.87, 10*time.Minute, 0.06
	return s
}

// fullest is the utilisation, in percent, that a target with its headroom may come to. Pods beyond have no room left to show
// that they have too much to do.
const maxUtilization = 92

// CapHeadroom keeps a target of utilisation, in percent, below what pods need to show an overload.
func (spec *Spec) CapHeadroom(target float64) {
	spec.Headroom = min(spec.Headroom, max(1, maxUtilization/target))
}

// Steady changes as little as may be.
func Steady() Spec {
	s := Balanced()
	s.DeadBandUp, s.DeadBandDown, s.Hold, s.CostBound = 0.15, 0.22, 40*time.Minute, 0.18
	return s
}
