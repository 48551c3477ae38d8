package damping

import (
	"math"
	"slices"
	"time"
)

// The plain HPA decides beside damping, by upstream's rules without a behavior. It is what a target without damping would have, so
// cost and service are compared with it.

const (
	// typicalStart is the ratio of the median start-up time of pods to the measured one, which is the 90th percentile.
	typicalStart = 0.6
	// countedStart is that ratio for the pods whose samples count: until the last pod of a scale-up is ready, upstream multiplies by
	// fewer pods.
	countedStart = 0.8
	// maxCounts bounds a history of counts. Where it is full, the lower count of its two oldest entries stands for both, because a
	// pod that is not ready serves nothing.
	maxCounts = 24
	// initialization is the time since its start in which a pod does not count before it is ready, and its samples do not before
	// they are of a whole window after that: the default of --horizontal-pod-autoscaler-cpu-initialization-period. startSpread is
	// the standard deviation of the logarithm of start-up times, and startQuantile the deviation of the measured one, the 90th
	// percentile.
	initialization             = 5 * time.Minute
	startSpread, startQuantile = 0.45, 1.28
	// startUse is the number of full pods as which one that became ready later counts at first: it is counted at once, and its
	// sample has the use of its start. It was fitted to HPAs of pods that start in 150 and in 300 seconds.
	startUse = 1.5
)

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
// a backlog. The pods that were ready at the time of the sample share the load, and those that were ready for its whole window count.
// The others count as idle, which reduces a scale-up only.
func (s *State) hpaRatio(o *Observation, now time.Time) (ratio, counted float64) {
	if !o.PerPod {
		n := float64(max(1, s.HPAReplicas))
		return o.measured() / n, n
	}
	sampled := now.Add(-o.LoadAge)
	serving := max(1, readyAt(s.HPACounts, o, sampled))
	ratio = o.measured() / serving
	if o.MaxRatio > 1 { // a utilization, in whole percent
		if s.HPABacklog > 0 || o.Full && serving <= readyAt(s.Counts, o, sampled) {
			ratio = o.MaxRatio
		}
		ratio = math.Floor(100*min(1, ratio/o.MaxRatio)+1e-9) / 100 * o.MaxRatio
	}
	counted = max(1, min(leastCount(s.HPACounts, sampled.Add(-o.Window/2-time.Duration(countedStart*float64(o.StartupTime))), sampled), leastCount(s.HPACounts, sampled, now)))
	if o.MaxRatio > 1 {
		slow := startUse * o.slowStarts() * max(0, serving-counted)
		ratio, counted = (ratio*counted+o.MaxRatio*slow)/(counted+slow), counted+slow
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

// typicalStart returns the typical time from the start of a pod until it is ready.
func (o *Observation) typicalStart() time.Duration {
	return time.Duration(typicalStart * float64(o.StartupTime))
}

// historyLength is how far back a sample needs counts.
func (o *Observation) historyLength() time.Duration {
	return o.LoadAge + o.Window/2 + o.StartupTime
}

// measured returns the load that an HPA sees.
func (o *Observation) measured() float64 { return max(o.Load, o.Measured) }

// slowStarts returns the share of pods that start for longer than the initialization, where start-up times have a log-normal
// distribution.
func (o *Observation) slowStarts() float64 {
	if o.StartupTime <= 0 {
		return 0
	}
	deviation := math.Log(initialization.Seconds()/o.StartupTime.Seconds())/startSpread + startQuantile
	return 0.5 * math.Erfc(deviation/math.Sqrt2)
}

// readyAt returns the ready replicas of a target with these counts: those that it has had for the typical start-up time.
func readyAt(counts []Requirement, o *Observation, instant time.Time) float64 {
	return leastCount(counts, instant.Add(-o.typicalStart()), instant)
}

// leastCount returns the least count from one time to another. The oldest count stands for the time before it.
func leastCount(counts []Requirement, from, to time.Time) float64 {
	least := math.Inf(1)
	for i, c := range slices.Backward(counts) {
		if c.Time.After(to) && i > 0 {
			continue
		}
		least = min(least, c.Replicas)
		if !c.Time.After(from) {
			break
		}
	}
	return least
}

// pushCount adds a count, where it differs from the last one. It drops those that ended before the cutoff.
func pushCount(counts []Requirement, c Requirement, cutoff time.Time) []Requirement {
	if n := len(counts); n > 0 && counts[n-1].Replicas == c.Replicas {
		return counts
	}
	old := 0
	for old < len(counts)-1 && !counts[old+1].Time.After(cutoff) {
		old++
	}
	if len(counts)-old >= maxCounts {
		counts[old+1].Replicas = min(counts[old].Replicas, counts[old+1].Replicas)
		counts[old+1].Time = counts[old].Time
		old++
	}
	if old > 0 {
		counts = append(counts[:0], counts[old:]...)
	}
	return append(counts, c)
}
