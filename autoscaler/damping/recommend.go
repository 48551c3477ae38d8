package damping

import (
	"math"
	"time"
)

// longestGap is the time without a load after which what was known of it is no longer true.
const longestGap = 10 * time.Minute

// Recommend gives the wish at now and what to remember. It takes state over, as append does its slice. The load must be a finite
// number that is not negative, and there must be a replica.
func Recommend(spec *Spec, state State, seen *Observation, now time.Time) (Recommendation, State) {
	s := &state
	elapsed := now.Sub(s.Time)
	if s.Time.IsZero() || elapsed > longestGap || elapsed < 0 {
		needs := s.Requirements // of a fallback or a partial load, of which nothing else was learned
		if elapsed < 0 {
			needs = needs[:0]
		}
		state = State{Requirements: needs, Forecasts: s.Forecasts[:0], HPARequirements: s.HPARequirements[:0]}
		initialize(s, seen, now)
		elapsed = 0
	}
	w := Recommendation{Load: seen.Load, LimitedLoad: s.limitSurge(spec, seen.Load, elapsed, now)}
	believed := *seen
	believed.Load = w.LimitedLoad
	s.observe(spec, &believed, elapsed, now)
	s.require(spec, &believed, &w, now)
	s.recommend(spec, seen, &w, now)
	s.Replicas, s.Time = seen.Current, now
	return w, state
}

// RecommendFallback gives the wish where no metric has a load, but a fallback is in force: the fallback, or the highest need within
// the hold where that is higher. The filters keep what they had. A state without needs holds the current replicas, as [Recommend]
// does.
func RecommendFallback(spec *Spec, state State, seen *Observation, now time.Time) (Recommendation, State) {
	s := &state
	current := seen.Current
	if len(s.Requirements) == 0 {
		s.Requirements = append(s.Requirements, Requirement{Time: now, Replicas: float64(current)})
	}
	w := Recommendation{NoLoad: true, Replicas: seen.Fallback, Required: float64(seen.Fallback), Reversals: s.Reversals, CostRatio: s.costRatio(), CostBoundUsed: s.costBoundUsed(spec)}
	w.GuardSteps, w.Hunting = s.guardSteps(spec), s.hunting()
	s.hold(spec, &w, now)
	if highest := ceil(w.HighestRequired); w.Replicas < current && highest > w.Replicas {
		w.Replicas, w.HoldReason = min(current, highest), HoldRecentRequirement
	}
	return w, state
}

// follow takes in a load.
func (s *State) observe(spec *Spec, seen *Observation, elapsed time.Duration, now time.Time) {
	s.countReversal(seen.Current, elapsed)
	s.updateForecast(seen.Load, elapsed)
	s.countLoadReversal(elapsed)
	s.measureForecastError(seen.Load, elapsed, now)
	s.addCost(spec, seen, elapsed, now)
	s.updatePeak(spec, seen.Load, elapsed)
}

// want works out the need.
func (s *State) require(spec *Spec, seen *Observation, w *Recommendation, now time.Time) {
	w.Reversals, w.CostRatio, w.CostBoundUsed = s.Reversals, s.costRatio(), s.costBoundUsed(spec)
	w.Forecast, w.Horizon = s.forecast(spec, seen)
	s.keepForecast(seen, w, now)
	w.SafetyStock = spec.SafetyFactor * math.Sqrt(s.SquaredShortfall) * shareLeft(w.CostBoundUsed, safetyShrinkFrom, safetyShrinkTo, 0)
	w.PeakReserve = s.peakReserve(spec)
	w.Required = max(w.PeakReserve, spec.required(w.Forecast+w.SafetyStock))
	if w.LimitedLoad < w.Load {
		w.Required = min(w.Required, max(w.PeakReserve, w.LimitedLoad)) // what is doubted is not run ahead of
	}
	w.Required = max(w.Required, float64(seen.Fallback))
	if seen.Idle {
		w.Idle, w.SafetyStock, w.PeakReserve, w.Required = true, 0, 0, 0
	}
	w.GuardSteps, w.Hunting = s.guardSteps(spec), s.hunting()
}

// begin takes what is found for what has been, so that nothing comes down before it was watched for the whole hold.
func initialize(s *State, seen *Observation, now time.Time) {
	s.ConfirmedLoad, s.Level, s.UsualLoad = seen.Load, seen.Load, seen.Load
	s.Replicas, s.HPAReplicas = seen.Current, seen.Current
	s.Requirements = push(s.Requirements, Requirement{Time: now, Replicas: float64(seen.Current)}, time.Time{})
	s.HPARequirements = append(s.HPARequirements, Requirement{Time: now, Replicas: float64(seen.Current)})
}

// need is the replicas for a load.
//
//	need = load/headroom + staffing·√load
//
// The square root is that of square-root staffing: what chance adds to n·μ grows as √n (Halfin and Whitt, Heavy-Traffic
// Limits for Queues with Many Exponential Servers, 1981). So many replicas may run nearer to what they can do than few.
func (spec *Spec) required(load float64) float64 {
	if spec.Headroom <= 1 {
		return load
	}
	return min(load, load/spec.Headroom+spec.Staffing*math.Sqrt(load))
}

// Replicas is the whole number of replicas for a load, without a forecast and whatever is kept in hand.
func (spec *Spec) Replicas(load float64) int32 { return ceil(spec.required(load)) }

// fade is the weight that is left of a mean with this time constant.
func decay(elapsed, constant time.Duration) float64 {
	return math.Exp(-elapsed.Seconds() / constant.Seconds())
}
