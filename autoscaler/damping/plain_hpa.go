package damping

import (
	"math"
	"time"
)

// The plain HPA decides beside damping, by upstream's rules without a behavior. It is what a target without damping would have, so
// cost and service are compared with it.

// initialization is the time since its start in which a pod does not count before it is ready, and its samples do not before they are
// of a whole window after that: the default of --horizontal-pod-autoscaler-cpu-initialization-period.
const initialization = 5 * time.Minute

// advanceHPA decides the next count of the plain HPA by its rules, in upstream's order: tolerance, stabilization, scale-up limit,
// bounds.
func (s *State) advanceHPA(o *Observation, now time.Time) {
	current := s.HPAReplicas
	proposal := current
	ratio, counted := s.hpaRatio(o, now)
	if math.Abs(ratio-1) > o.Tolerance {
		proposal = ceil(ratio * counted)
		if (proposal > current) != (ratio > 1) {
			proposal = current
		}
	}
	s.HPARequirements = push(s.HPARequirements, Requirement{Time: now, Replicas: float64(proposal)}, now.Add(-o.Stabilization))
	next := min(int32(s.HPARequirements[0].Replicas), max(4, 2*current))
	s.setHPAReplicas(o, max(1, o.bounded(next)), now)
}

// hpaRatio returns the ratio of the metric to its target that the pods of the plain HPA show, and the number of pods by which it is
// multiplied.
//
// A value of the whole target is divided by the count. Of a metric of each pod, pods show at most MaxRatio, and this while they have
// a backlog. The pods that were ready at the time of the sample share the load. Those that do not count reduce a scale-up only.
func (s *State) hpaRatio(o *Observation, now time.Time) (ratio, counted float64) {
	if !o.PerPod {
		n := float64(max(1, s.HPAReplicas))
		return o.measured() / n, n
	}
	sampled := now.Add(-o.LoadAge)
	serving := max(1, readyAt(s.HPACounts, o, sampled))
	ratio = o.measured() / serving
	counted, starting := s.countedPods(o, now)
	counted = max(1, counted)
	if o.MaxRatio > 1 { // a utilization, in whole percent
		if s.HPABacklog > 0 || o.Full && serving <= readyAt(s.Counts, o, sampled) {
			ratio = o.MaxRatio
		}
		ratio = math.Floor(100*min(1, ratio/o.MaxRatio)+1e-9) / 100 * o.MaxRatio
		ratio, counted = (ratio*counted+o.MaxRatio*starting)/(counted+starting), counted+starting
	}
	if current := float64(s.HPAReplicas); ratio > 1 && current > counted && ratio*counted/current <= 1+o.Tolerance {
		return 1, counted
	}
	return ratio, counted
}

// setHPAReplicas records the count of the plain HPA.
func (s *State) setHPAReplicas(o *Observation, replicas int32, now time.Time) {
	s.HPAReplicas = replicas
	s.HPACounts = pushCount(s.HPACounts, Requirement{Time: now, Replicas: float64(replicas)}, now.Add(-o.historyLength()))
}

// bounded returns a count within the bounds in force, and at least the fallback.
func (o *Observation) bounded(replicas int32) int32 {
	replicas = max(replicas, o.LowerBound, o.Fallback)
	if o.UpperBound > 0 {
		replicas = min(replicas, o.UpperBound)
	}
	return replicas
}

// measured returns the load that an HPA sees.
func (o *Observation) measured() float64 { return max(o.Load, o.Measured) }
