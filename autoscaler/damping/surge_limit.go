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
	// surgeShare is the share of the upper bound up to which a load needs no confirmation: a wrong value that fills so much of it does
	// little harm, and an HPA is late for less time after a surge from nearly no load.
	surgeShare = 0.25
	// dailyTimeConstant is the time constant with which the daily load falls. A load that was confirmed within a day counts at once.
	dailyTimeConstant = 24 * time.Hour
)

// limitSurge returns the load, or while it is an unconfirmed surge the limit
//
//	max(4, a quarter of the upper bound, surgeLimit · confirmed load, daily load)
//
// So a wrong value of a minute does not fill a cluster, and a real surge scales out in two steps.
func (s *State) limitSurge(spec *Spec, o *Observation, elapsed time.Duration, now time.Time) (limited, limit float64) {
	load := o.Load
	s.ConfirmedLoad += (1 - decay(elapsed, confirmedTimeConstant)) * min(0, load-s.ConfirmedLoad)
	s.DailyLoad = max(s.ConfirmedLoad, s.DailyLoad*decay(elapsed, dailyTimeConstant))
	limit = max(minSurgeReplicas, surgeShare*float64(o.UpperBound), spec.SurgeLimit*s.ConfirmedLoad, s.DailyLoad)
	if spec.SurgeLimit > 0 && load > limit {
		if s.SurgeSince.IsZero() {
			s.SurgeSince = now
		}
		if now.Sub(s.SurgeSince) < surgeConfirmTime {
			return limit, limit
		}
	}
	s.ConfirmedLoad, s.SurgeSince = max(s.ConfirmedLoad, load), time.Time{}
	return load, max(limit, load)
}
