package damping

import (
	"math"
	"time"
)

const (
	// serviceTimeConstant is the time constant with which the ledger of the service bound decays.
	serviceTimeConstant = 24 * time.Hour
	// usualFullness is the load of a full replica as a factor of its target, where no metric shows it: a target of 70 %.
	usualFullness = 1 / 0.7
	// waitMargin, in square roots of the replicas, is the capacity that a target needs so that work does not wait for long.
	waitMargin = 0.5
	// longestBacklog limits a backlog, in seconds of work of all replicas.
	longestBacklog = 600
	// costLimitEnd is the used share of the cost bound at which its limit ends. It starts at 1, so that the count does not change
	// between the two at each sync.
	costLimitEnd = 0.8
)

// addLateness adds the time in which the target was late to the ledger, and subtracts that in which the plain HPA was. Both are
// modeled alike, by the load at the time of its samples:
//
//	ready = the expected number of ready pods: see ready_pods.go
//	late  = P(load + noise > fullness·ready − 0.5·√ready), or 1 while a backlog is left
func (s *State) addLateness(o *Observation, elapsed time.Duration, now time.Time) {
	seconds := elapsed.Seconds()
	if seconds == 0 {
		return
	}
	sampled := now.Add(-o.LoadAge)
	own := s.lateness(o, readyAt(s.Counts, o, sampled), &s.Backlog, seconds)
	hpa := s.lateness(o, readyAt(s.HPACounts, o, sampled), &s.HPABacklog, seconds)
	if o.PerPod {
		s.Backlog = 0 // the load of the pods' samples includes it
	}
	keep := decay(elapsed, serviceTimeConstant)
	s.LaterSeconds = keep*s.LaterSeconds + (own-hpa)*seconds
	s.ComparedSeconds = keep*s.ComparedSeconds + seconds
}

// lateness returns the probability that work is late with these ready replicas, and updates their backlog.
func (s *State) lateness(o *Observation, ready float64, backlog *float64, seconds float64) float64 {
	full := usualFullness
	if o.MaxRatio > 1 {
		full = o.MaxRatio
	}
	*backlog = max(0, min(longestBacklog*full*ready, *backlog+(o.measured()-full*ready)*seconds))
	if *backlog > 0 {
		return 1
	}
	over := o.measured() - full*ready + waitMargin*math.Sqrt(ready)
	return 0.5 * math.Erfc(-over/math.Sqrt(2*max(s.Noise, minNoiseLimit)))
}

// serviceCredit returns the time by which the target may still be later than the plain HPA. Negative where it was later.
func (s *State) serviceCredit(spec *Spec) time.Duration {
	return time.Duration((spec.ServiceBound*s.ComparedSeconds - s.LaterSeconds) * float64(time.Second))
}

// compare sets the count of the plain HPA, the service credit, and whether the cost bound limits the requirement.
func (s *State) compare(spec *Spec, o *Observation, r *Recommendation) {
	r.HPAReplicas, r.ServiceCredit = o.bounded(s.HPAReplicas), s.serviceCredit(spec)
	used := s.costBoundUsed(spec)
	s.CostLimited = used >= 1 || s.CostLimited && used >= costLimitEnd
	r.CostLimited = s.CostLimited
}

// raiseToHPA raises the count to that of the plain HPA, unless the credit covers the lateness of a dead time, after which a correction
// has an effect. So a new autoscaler starts as the plain HPA. While the cost bound limits the requirement, the hold is too short to
// scale in below the plain HPA. The model of the plain HPA is unsure where pods hide the load, so the count is also raised to what an
// HPA proposes for the target's own pods: a target that has its count gets its next one. The surge limit holds, because the plain HPA follows a wrong value, and keeps it for its stabilization.
func (s *State) raiseToHPA(spec *Spec, o *Observation, r *Recommendation) {
	if spec.ServiceBound == 0 || o.Idle {
		return
	}
	limit := spec.Replicas(r.SurgeLimit)
	if !r.FullUse {
		limit = min(limit, ceil(o.measured()))
	}
	least := min(max(r.HPAReplicas, r.proposed(o)), max(o.Current, limit))
	if r.FullUse && o.EvenStarts {
		least = min(least, max(o.Current, ceil(r.Required))) // a further scale-out waits for the pods on their way
	}
	if r.ServiceCredit >= o.deadTime() {
		if !r.CostLimited {
			return
		}
		least = min(least, o.Current)
	}
	if least > r.Replicas {
		r.Replicas, r.HoldReason = least, RaisedToHPA
	}
}
