package damping

import "time"

// docs/damping.md has the scores of the profiles.

// Balanced returns the default profile.
func Balanced() Spec {
	return Spec{
		SurgeLimit: 3, Headroom: 1.35, Staffing: 1, SafetyFactor: 1, DeadBandUp: 0.12, DeadBandDown: 0.2, Hold: 2 * time.Minute,
		GuardSteps: 4, CostBound: 0.08, CostWindow: 6 * time.Hour, ServiceBound: 0.0025,
	}
}

// Responsive returns the profile with less time at too few replicas, for a higher cost.
func Responsive() Spec {
	s := Balanced()
	s.Headroom, s.Staffing, s.PeakShare, s.DeadBandUp, s.CostBound = 1.2, 0.5, 0.95, 0.08, 0.3
	return s
}

// Thrifty returns the profile with a lower cost, for more time at too few replicas.
func Thrifty() Spec {
	s := Balanced()
	s.CostBound = 0.04
	return s
}

// Steady returns the profile with the fewest changes.
func Steady() Spec {
	s := Balanced()
	s.DeadBandUp, s.DeadBandDown, s.Hold, s.CostBound = 0.15, 0.22, 40*time.Minute, 0.18
	return s
}
