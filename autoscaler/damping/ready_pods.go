package damping

import (
	"math"
	"time"
)

// The pods of the plain HPA do not exist, so the number of those that are ready follows from its counts, and from the distribution of
// start-up times: a cohort of n pods of an age a has n·P(start ≤ a) ready ones. The target's own pods are counted alike, so that both
// are compared without a bias.

const (
	// maxCounts bounds a history of counts. Where it is full, the lower count of its two oldest entries stands for both, because a
	// pod that is not ready serves nothing.
	maxCounts = 24
	// startSpread is the standard deviation of the logarithm of start-up times, evenStartSpread that of starts that are nearly equal, and
	// startQuantile the deviation of the measured start-up time, the 90th percentile.
	startSpread, evenStartSpread, startQuantile = 0.45, 0.1, 1.28
	// longestStart is the time, in start-up times, after which all pods are ready.
	longestStart = 1.5
)

// readyShare returns the share of pods of an age that are ready, where start-up times have a log-normal distribution.
func (o *Observation) readyShare(age time.Duration) float64 {
	switch relative := age.Seconds() / o.StartupTime.Seconds(); {
	case age <= 0:
		return 0
	case !(relative < longestStart):
		return 1
	case o.EvenStarts:
		return normal(math.Log(relative)/evenStartSpread + startQuantile)
	default:
		return normal(math.Log(relative)/startSpread + startQuantile)
	}
}

// normal returns the share of a normal distribution below a deviation.
func normal(deviation float64) float64 { return 0.5 * math.Erfc(-deviation/math.Sqrt2) }

// readyAt returns the expected number of ready pods at an instant of a target with these counts. The oldest count stands for the time
// before it. A scale-in deletes the youngest pods.
func readyAt(counts []Requirement, o *Observation, instant time.Time) (ready float64) {
	least := math.Inf(1)
	for i := len(counts) - 1; i > 0; i-- {
		if counts[i].Time.After(instant) {
			continue
		}
		least = min(least, counts[i].Replicas)
		if created := least - counts[i-1].Replicas; created > 0 {
			ready += created * o.readyShare(instant.Sub(counts[i].Time))
		}
	}
	if len(counts) > 0 {
		ready += min(least, counts[0].Replicas)
	}
	return ready
}

// countedPods returns the numbers of pods of the plain HPA that upstream counts: the ready ones, whose samples are of a whole window unless
// they are older than the initialization, and the starting ones of this age, whose samples have the use of their start.
func (s *State) countedPods(o *Observation, now time.Time) (ready, starting float64) {
	counts, least := s.HPACounts, math.Inf(1)
	for i := len(counts) - 1; i > 0; i-- {
		least = min(least, counts[i].Replicas)
		created := least - counts[i-1].Replicas
		if created <= 0 {
			continue
		}
		age := now.Sub(counts[i].Time)
		if age < initialization {
			ready += created * o.readyShare(age-o.LoadAge-o.Window/2)
			continue
		}
		share := o.readyShare(age - o.LoadAge)
		ready, starting = ready+created*share, starting+created*(1-share)
	}
	return ready + min(least, counts[0].Replicas), starting
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

// historyLength is how far back a sample needs counts.
func (o *Observation) historyLength() time.Duration {
	return o.LoadAge + o.Window/2 + time.Duration(longestStart*float64(o.StartupTime))
}
