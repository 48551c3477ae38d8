package damping

import "time"

const (
	// doubtTime is how long a surge beyond the limit is doubted. A lie of a minute lasts for two in a rate over a minute.
	surgeConfirmTime      = 2 * time.Minute
	confirmedTimeConstant = 30 * time.Minute
	// alwaysTrusted replicas are few enough to be asked for by mistake: as many as an HPA adds at once.
	minSurgeReplicas = 4
)

// believe gives what is made of a load: itself, or where it is beyond so many times the greatest load lately, only that many
// times it, until it has lasted. So a metric that lies for a minute does not fill a cluster, and a surge that is true is met in
// two steps. What counts as lately fades within half an hour.
func (s *State) limitSurge(spec *Spec, load float64, elapsed time.Duration, now time.Time) float64 {
	s.ConfirmedLoad += (1 - decay(elapsed, confirmedTimeConstant)) * min(0, load-s.ConfirmedLoad)
	most := max(minSurgeReplicas, spec.SurgeLimit*s.ConfirmedLoad)
	if spec.SurgeLimit > 0 && load > most {
		if s.SurgeSince.IsZero() {
			s.SurgeSince = now
		}
		if now.Sub(s.SurgeSince) < surgeConfirmTime {
			return most
		}
	}
	s.ConfirmedLoad, s.SurgeSince = max(s.ConfirmedLoad, load), time.Time{}
	return load
}
