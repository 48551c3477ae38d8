package engine

import "time"

// StartUp is how long pods take to be ready, as nine of ten do, from those that have become ready.
type StartUp struct {
	// Seconds of the estimate, from so many Pods.
	Seconds float64
	Pods    int32
	// Until is when it was looked last: pods that have been ready before are counted.
	Until time.Time
}

const (
	// firstStart is taken where no pod has been seen to start.
	firstStart = time.Minute
	// firstShare is the part of the time that there is for a batch that it is not taken to be more than.
	firstShare = 10
	// longestStart is what can be a start; beyond, a container that had been ready has come back.
	longestStart = 30 * time.Minute
)

// Time is the estimate.
func (s *StartUp) Time() time.Duration {
	if s.Pods == 0 {
		return firstStart
	}
	return time.Duration(s.Seconds * float64(time.Second))
}

// within is the estimate for a batch that there is so much time for: where it is only minutes, whoever chose them knows that
// pods start in seconds.
func (s *StartUp) within(whole time.Duration) time.Duration {
	if s.Pods == 0 {
		return min(firstStart, whole/firstShare)
	}
	return s.Time()
}

// add counts one more start. Above the estimate it weighs nine times as much as below, so that nine of ten are below.
func (s *StartUp) add(took time.Duration) {
	s.Pods = min(s.Pods+1, 1000)
	off := took.Seconds() - s.Seconds
	weight := max(1/float64(s.Pods), 0.02)
	if off > 0 {
		weight = min(1, 9*weight)
	}
	s.Seconds += weight * off
}

// measureStart counts the pods that are ready, and takes the time of those that have become so since it was called last.
func (e *evaluation) measureStart() (ready int32) {
	s := &e.state.StartUp
	for i := range e.observation.Pods {
		pod := &e.observation.Pods[i]
		if !pod.serves() {
			continue
		}
		ready++
		took := pod.ReadySince.Sub(pod.Started)
		if pod.ReadySince.After(s.Until) && !pod.Started.IsZero() && took >= 0 && took <= longestStart {
			s.add(took)
		}
	}
	s.Until = e.now
	return ready
}
