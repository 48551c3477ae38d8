package engine

import (
	"math"
	"time"
)

// StartUp is an estimate of the time from the start of a pod until it is ready: the 90th percentile of the observed ones.
type StartUp struct {
	// Seconds is the estimate, and Pods the number of starts in it, at most 1000.
	Seconds float64
	Pods    int32
	// Spread is the mean distance of the observed starts from the estimate, in seconds.
	Spread float64
	// Until is the time of the last observation: the starts before it are in the estimate.
	Until time.Time
}

const (
	// defaultStart is the estimate without an observed start.
	defaultStart = time.Minute
	// defaultStartShare bounds the default for a batch: to this fraction of the time until its deadline.
	defaultStartShare = 10
	// longestStart is the longest time that counts as a start. After a longer one, a container has probably restarted.
	longestStart = 30 * time.Minute
	// evenStarts is the number of starts from which their spread is known: one of ten is above a 90th percentile. evenSpread is the
	// spread, as a share of the estimate, of starts that are nearly equal.
	evenStarts, evenSpread = 10, 0.1
	// minStartWeight is the weight of one start in the estimate, once it has many.
	minStartWeight = 0.02
)

// Time returns the estimate.
func (s *StartUp) Time() time.Duration {
	if s.Pods == 0 {
		return defaultStart
	}
	return time.Duration(s.Seconds * float64(time.Second))
}

// isEven reports whether pods start in nearly equal times: they differ by at most a tenth, and by no more than two samples do.
func (s *StartUp) isEven() bool {
	return s.Pods >= evenStarts && s.Spread <= min(minCadence.Seconds(), evenSpread*s.Seconds)
}

// within returns the estimate for a batch with this much time. Without an observed start, a batch of a few minutes has pods that
// start in seconds, or it could not meet its deadline.
func (s *StartUp) within(whole time.Duration) time.Duration {
	if s.Pods == 0 {
		return min(defaultStart, whole/defaultStartShare)
	}
	return s.Time()
}

// add updates the estimate by one start. A start above it has nine times the weight of one below, so that it settles where nine of
// ten starts are below.
func (s *StartUp) add(took time.Duration) {
	s.Pods = min(s.Pods+1, 1000)
	off := took.Seconds() - s.Seconds
	weight := max(1/float64(s.Pods), minStartWeight)
	if off > 0 {
		weight = min(1, 9*weight)
	}
	s.Seconds += weight * off
	s.Spread += max(1/float64(s.Pods), minStartWeight) * (math.Abs(took.Seconds()-s.Seconds) - s.Spread)
}

// measureStart returns the number of ready pods, and adds the starts of those that became ready since the last observation.
func (e *evaluation) measureStart() (ready int32) {
	s := &e.state.StartUp
	for i := range e.observation.Pods {
		pod := &e.observation.Pods[i]
		if !pod.isReady() {
			continue
		}
		ready++
		if !pod.ReadySince.After(s.Until) || pod.Started.IsZero() {
			continue
		}
		if took := pod.ReadySince.Sub(pod.Started); took >= 0 && took <= longestStart {
			s.add(took)
		}
	}
	s.Until = e.now
	return ready
}
