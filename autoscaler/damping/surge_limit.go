package damping

import "time"

const (
	// surgeConfirmTime is how long a load must exceed the surge limit to be confirmed. A wrong value of one minute lasts for two in
	// a rate over a minute.
	surgeConfirmTime = 2 * time.Minute
	// confirmedTimeConstant is the time constant with which the confirmed load falls to the current one.
	confirmedTimeConstant = 30 * time.Minute
	// minSurgeReplicas is a load that needs no confirmation: as many replicas as an HPA adds at once.
	minSurgeReplicas = 4
)

// limitSurge returns the load, or while it is an unconfirmed surge the limit
//
//	max(4, surgeLimit · confirmed load)
//
// So a wrong value of a minute does not fill a cluster, and a real surge scales out in two steps.
func (s *State) limitSurge(spec *Spec, load float64, elapsed time.Duration, now time.Time) float64 {
	s.ConfirmedLoad += (1 - decay(elapsed, confirmedTimeConstant)) * min(0, load-s.ConfirmedLoad)
	limit := max(minSurgeReplicas, spec.SurgeLimit*s.ConfirmedLoad)
	if spec.SurgeLimit > 0 && load > limit {
		if s.SurgeSince.IsZero() {
			s.SurgeSince = now
		}
		if now.Sub(s.SurgeSince) < surgeConfirmTime {
			return limit
		}
	}
	s.ConfirmedLoad, s.SurgeSince = max(s.ConfirmedLoad, load), time.Time{}
	return load
}
