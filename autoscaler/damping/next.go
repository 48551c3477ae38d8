package damping

import (
	"math"
	"time"
)

// longestGap is the time without a load after which what was known of it is no longer true.
const longestGap = 10 * time.Minute

// Next gives the wish at now and what to remember. It takes state over, as append does its slice. The load must be a finite
// number that is not negative, and there must be a replica.
func Next(spec *Spec, state State, seen *Seen, now time.Time) (Wish, State) {
	s := &state
	elapsed := now.Sub(s.At)
	if s.At.IsZero() || elapsed > longestGap || elapsed < 0 {
		needs := s.Needs // of a fallback or a partial load, of which nothing else was learned
		if elapsed < 0 {
			needs = needs[:0]
		}
		state = State{Needs: needs, Forecasts: s.Forecasts[:0], PlainNeeds: s.PlainNeeds[:0]}
		begin(s, seen, now)
		elapsed = 0
	}
	w := Wish{Load: seen.Load, Believed: s.believe(spec, seen.Load, elapsed, now)}
	believed := *seen
	believed.Load = w.Believed
	s.follow(spec, &believed, elapsed, now)
	s.want(spec, &believed, &w, now)
	s.settle(spec, seen, &w, now)
	s.Last, s.At = seen.Current, now
	return w, state
}

// WithoutLoad gives the wish where no metric has a load, but a fallback is in force: the fallback, or the highest need within
// the hold where that is higher. The filters keep what they had. A state without needs holds the current replicas, as [Next]
// does.
func WithoutLoad(spec *Spec, state State, seen *Seen, now time.Time) (Wish, State) {
	s := &state
	current := seen.Current
	if len(s.Needs) == 0 {
		s.Needs = append(s.Needs, Need{At: now, Replicas: float64(current)})
	}
	w := Wish{NoLoad: true, Replicas: seen.Fallback, Need: float64(seen.Fallback), Reversals: s.Reversals, Spent: s.ratio(), Strain: s.strain(spec)}
	w.Widened, w.Hunts = s.widened(spec), s.hunts()
	s.keep(spec, &w, now)
	if highest := ceil(w.Highest); w.Replicas < current && highest > w.Replicas {
		w.Replicas, w.Kept = min(current, highest), KeptHeld
	}
	return w, state
}

// follow takes in a load.
func (s *State) follow(spec *Spec, seen *Seen, elapsed time.Duration, now time.Time) {
	s.noteChange(seen.Current, elapsed)
	s.filter(seen.Load, elapsed)
	s.noteSwing(elapsed)
	s.judge(seen.Load, elapsed, now)
	s.spend(spec, seen, elapsed, now)
	s.notePeak(spec, seen.Load, elapsed)
}

// want works out the need.
func (s *State) want(spec *Spec, seen *Seen, w *Wish, now time.Time) {
	w.Reversals, w.Spent, w.Strain = s.Reversals, s.ratio(), s.strain(spec)
	w.Forecast, w.Lead = s.forecast(spec, seen)
	s.remember(seen, w, now)
	w.Safety = spec.Safety * math.Sqrt(s.Missed) * given(w.Strain, safetyGivesFrom, safetyGivesTo, 0)
	w.Floor = s.floor(spec)
	w.Need = max(w.Floor, spec.need(w.Forecast+w.Safety))
	if w.Believed < w.Load {
		w.Need = min(w.Need, max(w.Floor, w.Believed)) // what is doubted is not run ahead of
	}
	w.Need = max(w.Need, float64(seen.Fallback))
	if seen.Idle {
		w.Idle, w.Safety, w.Floor, w.Need = true, 0, 0, 0
	}
	w.Widened, w.Hunts = s.widened(spec), s.hunts()
}

// begin takes what is found for what has been, so that nothing comes down before it was watched for the whole hold.
func begin(s *State, seen *Seen, now time.Time) {
	s.Trusted, s.Level, s.Usual = seen.Load, seen.Load, seen.Load
	s.Last, s.PlainReplicas = seen.Current, seen.Current
	s.Needs = push(s.Needs, Need{At: now, Replicas: float64(seen.Current)}, time.Time{})
	s.PlainNeeds = append(s.PlainNeeds, Need{At: now, Replicas: float64(seen.Current)})
}

// need is the replicas for a load.
//
//	need = load/headroom + staffing·√load
//
// The square root is that of square-root staffing: what chance adds to n·μ grows as √n (Halfin and Whitt, Heavy-Traffic
// Limits for Queues with Many Exponential Servers, 1981). So many replicas may run nearer to what they can do than few.
func (spec *Spec) need(load float64) float64 {
	if spec.Headroom <= 1 {
		return load
	}
	return min(load, load/spec.Headroom+spec.Staffing*math.Sqrt(load))
}

// Replicas is the whole number of replicas for a load, without a forecast and whatever is kept in hand.
func (spec *Spec) Replicas(load float64) int32 { return ceil(spec.need(load)) }

// fade is the weight that is left of a mean with this time constant.
func fade(elapsed, constant time.Duration) float64 {
	return math.Exp(-elapsed.Seconds() / constant.Seconds())
}
