package damping

import "time"

const (
	// doubtTime is how long a surge beyond the limit is doubted. A lie of a minute lasts for two in a rate over a minute.
	doubtTime = 2 * time.Minute
	trustTime = 30 * time.Minute
	// alwaysTrusted replicas are few enough to be asked for by mistake: as many as an HPA adds at once.
	alwaysTrusted = 4
)

// believe gives what is made of a load: itself, or where it is beyond so many times the greatest load lately, only that many
// times it, until it has lasted. So a metric that lies for a minute does not fill a cluster, and a surge that is true is met in
// two steps. What counts as lately fades within half an hour.
func (s *State) believe(spec *Spec, load float64, elapsed time.Duration, now time.Time) float64 {
	s.Trusted += (1 - fade(elapsed, trustTime)) * min(0, load-s.Trusted)
	most := max(alwaysTrusted, spec.Surge*s.Trusted)
	if spec.Surge > 0 && load > most {
		if s.DoubtedSince.IsZero() {
			s.DoubtedSince = now
		}
		if now.Sub(s.DoubtedSince) < doubtTime {
			return most
		}
	}
	s.Trusted, s.DoubtedSince = max(s.Trusted, load), time.Time{}
	return load
}
