package engine

import (
	"slices"
	"time"
)

// ReadyCount is the number of ready pods from a time on.
type ReadyCount struct {
	Time  time.Time
	Ready int32
}

const (
	// maxReadyCounts bounds the history. The count of its oldest entry stands for the time before it.
	maxReadyCounts = 64
	// defaultMaxAge is the age from which a sample is unknown where the metric sets no maxAge, as --max-sample-age.
	defaultMaxAge = 10 * time.Minute
	// maxSampleWindow is the longest sample window that the history covers in full.
	maxSampleWindow = 5 * time.Minute
)

// recordReady records the number of ready pods, from which [sharingPods] finds how many shared a load at the time of a sample.
//
// A count that differs from the last one has changed at some time since the last observation. A sample of more pods must not
// count as one of fewer, because it would scale in too far. So a higher count starts when the first of the new pods became
// ready, and a lower one (kubectl scale, a crash, an eviction) starts now, unless a scale-in by the autoscaler explains it.
func (e *evaluation) recordReady() {
	if e.observation.PodsProblem != "" || len(e.observation.Pods) == 0 {
		return
	}
	s := &e.state
	ready, newly, first := e.countReady(s.Observed)
	if ready > e.observation.SpecReplicas {
		s.Surged = e.now
	}
	own := s.ScaledIn
	s.ScaledIn, s.Observed = ReadyCount{}, e.now
	if len(s.Ready) == 0 {
		s.addReady(ReadyCount{Time: e.now, Ready: ready})
		return
	}
	before := s.Ready[len(s.Ready)-1].Ready
	if lower := max(ready, own.Ready); !own.Time.IsZero() && lower < before {
		s.addReady(ReadyCount{Time: own.Time, Ready: lower})
		before = lower
	}
	if newly > 0 || ready > before {
		before = max(ready, before+newly)
		s.addReady(ReadyCount{Time: first, Ready: before})
	}
	if ready < before {
		s.addReady(ReadyCount{Time: e.now, Ready: ready})
	}
	s.pruneReady(e.now.Add(-e.spec.readyHorizon()))
}

// countReady returns the number of ready pods, how many of them became ready after an earlier time, and when the first of those
// did: now where that is unknown.
func (e *evaluation) countReady(earlier time.Time) (ready, newly int32, first time.Time) {
	first = e.now
	for i := range e.observation.Pods {
		pod := &e.observation.Pods[i]
		if !pod.carriesLoad() {
			continue
		}
		ready++
		if since := pod.ReadySince; !earlier.IsZero() && since.After(earlier) && !since.After(e.now) {
			newly++
			if since.Before(first) {
				first = since
			}
		}
	}
	return ready, newly, first.Truncate(time.Millisecond) // the checkpoint stores milliseconds
}

// addReady appends to the history. Where it is full, the larger count of its two oldest entries replaces both, because a count
// that is too large never makes a load look smaller.
func (s *State) addReady(c ReadyCount) {
	if n := len(s.Ready); n > 0 && c.Time.Before(s.Ready[n-1].Time) {
		c.Time = s.Ready[n-1].Time
	}
	if len(s.Ready) >= maxReadyCounts {
		s.Ready[1].Ready = max(s.Ready[0].Ready, s.Ready[1].Ready)
		s.Ready = slices.Delete(s.Ready, 0, 1)
	}
	s.Ready = append(s.Ready, c)
}

// pruneReady drops the entries that ended before the cutoff, except the last one.
func (s *State) pruneReady(cutoff time.Time) {
	old := 0
	for old < len(s.Ready)-1 && !s.Ready[old+1].Time.After(cutoff) {
		old++
	}
	if old > 0 {
		s.Ready = slices.Delete(s.Ready, 0, old)
	}
}

// readyHorizon returns how far back a sample of the spec's metrics can reach.
func (s *Spec) readyHorizon() time.Duration {
	age := time.Duration(0)
	for i := range s.Metrics {
		age = max(age, s.Metrics[i].ageLimit())
	}
	for i := range s.Batches {
		age = max(age, s.Batches[i].Throughput.ageLimit())
	}
	return age + maxSampleWindow
}

// ageLimit returns the age from which a sample of the metric is unknown, or the default where the metric sets none: the history
// does not reach back further.
func (m *Metric) ageLimit() time.Duration {
	if m.MaxAge > 0 {
		return m.MaxAge
	}
	return defaultMaxAge
}

// readyNow returns the number of ready pods at the last observation of pods.
func (e *evaluation) readyNow() int {
	if n := len(e.state.Ready); n > 0 {
		return int(e.state.Ready[n-1].Ready)
	}
	return 0
}
