package damping

import (
	"math"
	"time"
)

// longestGap is the time without a load after which the state no longer describes it.
const longestGap = 10 * time.Minute

// Recommend returns the recommendation at now and the next state. It takes over the state, as append takes over its slice. The load
// must be finite and at least 0, and the current count at least 1.
func Recommend(spec *Spec, state State, o *Observation, now time.Time) (Recommendation, State) {
	s := &state
	elapsed := now.Sub(s.Time)
	if s.Time.IsZero() || elapsed > longestGap || elapsed < 0 {
		requirements := s.Requirements // those of a fallback or of a partial load, which update nothing else
		if elapsed < 0 {
			requirements = requirements[:0]
		}
		state = State{Requirements: requirements, Forecasts: s.Forecasts[:0], HPARequirements: s.HPARequirements[:0], HPACounts: s.HPACounts[:0], Counts: s.Counts[:0]}
		s.initialize(o, now)
		elapsed = 0
	}
	if len(s.HPACounts) == 0 { // a state of a version without them
		s.HPACounts = append(s.HPACounts, Requirement{Time: now, Replicas: float64(s.HPAReplicas)})
	}
	r := Recommendation{Load: o.Load}
	r.LimitedLoad, r.SurgeLimit = s.limitSurge(spec, o, elapsed, now)
	limited := *o
	limited.Load = r.LimitedLoad
	s.observe(spec, &limited, elapsed, now)
	// The plain HPA has no surge limit: its load is the measured one.
	s.addLateness(o, elapsed, now)
	s.advanceHPA(o, now)
	s.compare(spec, o, &r)
	s.require(spec, &limited, &r, now)
	r.requireAtFullUse(spec, &limited)
	s.hold(spec, &r, now)
	r.applyDeadBandAndHold(spec, o.Current)
	r.scaleOutAtFullUse(o.Current)
	s.raiseToHPA(spec, o, &r)
	s.Replicas, s.Time = o.Current, now
	return r, state
}

// RecommendFallback returns the recommendation where no metric has a load, but a fallback is in force: the fallback, or the highest
// requirement of the hold where that is higher. It leaves the filters unchanged. A state without requirements holds the current
// count, as in [Recommend].
func RecommendFallback(spec *Spec, state State, o *Observation, now time.Time) (Recommendation, State) {
	s := &state
	if len(s.Requirements) == 0 {
		s.Requirements = append(s.Requirements, Requirement{Time: now, Replicas: float64(o.Current)})
	}
	r := Recommendation{NoLoad: true, Replicas: o.Fallback, Required: float64(o.Fallback)}
	s.report(spec, &r)
	s.hold(spec, &r, now)
	if highest := ceil(r.HighestRequired); r.Replicas < o.Current && highest > r.Replicas {
		r.Replicas, r.HoldReason = min(o.Current, highest), HoldRecentRequirement
	}
	return r, state
}

// initialize starts the state from the observation. The current count is the first requirement, so that no scale-in happens before a
// whole hold has passed.
func (s *State) initialize(o *Observation, now time.Time) {
	s.ConfirmedLoad, s.Level, s.UsualLoad = o.Load, o.Load, o.Load
	s.Replicas, s.HPAReplicas = o.Current, o.Current
	s.Requirements = push(s.Requirements, Requirement{Time: now, Replicas: float64(o.Current)}, time.Time{})
	current := Requirement{Time: now, Replicas: float64(o.Current)}
	s.HPARequirements, s.HPACounts = append(s.HPARequirements, current), append(s.HPACounts, current)
	s.Counts = append(s.Counts, current)
}

// observe updates the state by an observation.
func (s *State) observe(spec *Spec, o *Observation, elapsed time.Duration, now time.Time) {
	s.Counts = pushCount(s.Counts, Requirement{Time: now, Replicas: float64(o.Current)}, now.Add(-o.historyLength()))
	s.countReversal(o.Current, elapsed)
	s.updateForecast(o.Load, elapsed)
	s.countLoadReversal(elapsed)
	s.measureForecastError(o.Load, elapsed, now)
	s.addCost(spec, o, elapsed)
	s.updatePeak(spec, o.Load, elapsed)
}

// require sets the required replicas of the recommendation.
func (s *State) require(spec *Spec, o *Observation, r *Recommendation, now time.Time) {
	s.report(spec, r)
	r.Forecast, r.Horizon = s.forecast(spec, o)
	s.keepForecast(o, r, now)
	r.SafetyStock = spec.SafetyFactor * math.Sqrt(s.SquaredShortfall) * shareLeft(r.CostBoundUsed, safetyShrinkFrom, safetyShrinkTo, 0)
	r.PeakReserve = s.peakReserve(spec)
	r.Required = max(r.PeakReserve, spec.required(r.Forecast+r.SafetyStock))
	if r.LimitedLoad < r.Load {
		r.Required = min(r.Required, max(r.PeakReserve, spec.required(r.LimitedLoad))) // no forecast of an unconfirmed surge
	}
	if s.CostLimited {
		r.Required = min(r.Required, max(float64(r.HPAReplicas), spec.required(r.LimitedLoad)))
	}
	r.Required = max(r.Required, float64(o.Fallback))
	if o.Idle {
		r.Idle, r.SafetyStock, r.PeakReserve, r.Required = true, 0, 0, 0
	}
}

// report sets the fields of the recommendation that show the state.
func (s *State) report(spec *Spec, r *Recommendation) {
	r.Reversals, r.CostRatio, r.CostBoundUsed = s.Reversals, s.costRatio(), s.costBoundUsed(spec)
	r.GuardSteps, r.Hunting = s.guardSteps(spec), s.hunting()
}

// decay returns the weight that remains of an exponential mean after a time: e^(-elapsed/constant).
func decay(elapsed, constant time.Duration) float64 {
	return math.Exp(-elapsed.Seconds() / constant.Seconds())
}
