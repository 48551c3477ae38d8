package engine

import (
	"slices"
	"time"
)

// ReadyCount is the number of pods that are ready from a time on.
type ReadyCount struct {
	Time  time.Time
	Ready int32
}

const (
	// mostReadyCounts bounds the history. Before its oldest entry, as many pods count as ready as that entry has.
	mostReadyCounts = 64
	// usualMaxAge is the age at which a sample becomes unknown where the metric sets none, as --max-sample-age has it, and
	// longestWindow is what a sample looks back by at most for the history to cover its window too.
	usualMaxAge, longestWindow = 10 * time.Minute, 5 * time.Minute
	// takesEffect is how long after a write the last of the pods that it removes may still share the load: the workload's
	// controller deletes them, and then their endpoints go.
	takesEffect = 2 * time.Second
)

// noteReady keeps how many pods are ready, which says who shared a load at the time of a sample.
//
// Another count than before is a change at some time since the last observation. No sample may be taken for one of fewer pods
// that was one of more: it would scale in too far. So a higher count counts from when the first of the new pods became ready, and
// a lower one from now on (kubectl scale, a crash, an eviction), unless the autoscaler's own scale-in explains it.
func (e *evaluation) noteReady() {
	if e.observation.PodsProblem != "" || len(e.observation.Pods) == 0 {
		return
	}
	s := &e.state
	ready, newly, first := e.countReady(s.Observed)
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

// countReady gives how many pods are ready, how many of them became so after an earlier time, and when the first of those did. That
// is now where it is not known.
func (e *evaluation) countReady(earlier time.Time) (ready, newly int32, first time.Time) {
	first = e.now
	for i := range e.observation.Pods {
		pod := &e.observation.Pods[i]
		if !pod.serves() {
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
	return ready, newly, first.Truncate(time.Millisecond) // as all that is kept
}

// serves says whether the pod is ready and is to stay.
func (p *Pod) serves() bool { return !p.Deleting && p.Phase == Running && p.Readiness == Ready }

// addReady appends to the history. In place of two entries that are too many, the larger count is kept: it never makes a
// load look smaller.
func (s *State) addReady(c ReadyCount) {
	if n := len(s.Ready); n > 0 && c.Time.Before(s.Ready[n-1].Time) {
		c.Time = s.Ready[n-1].Time
	}
	if len(s.Ready) >= mostReadyCounts {
		s.Ready[1].Ready = max(s.Ready[0].Ready, s.Ready[1].Ready)
		s.Ready = slices.Delete(s.Ready, 0, 1)
	}
	s.Ready = append(s.Ready, c)
}

// pruneReady drops the entries that ended before the cutoff. The last one stays.
func (s *State) pruneReady(cutoff time.Time) {
	old := 0
	for old < len(s.Ready)-1 && !s.Ready[old+1].Time.After(cutoff) {
		old++
	}
	if old > 0 {
		s.Ready = slices.Delete(s.Ready, 0, old)
	}
}

// readyHorizon is how far back a sample of the spec's metrics can reach.
func (s *Spec) readyHorizon() time.Duration {
	age := time.Duration(0)
	for i := range s.Metrics {
		age = max(age, s.Metrics[i].mostAge())
	}
	for i := range s.Batches {
		age = max(age, s.Batches[i].Throughput.mostAge())
	}
	return age + longestWindow
}

// mostAge is the age from which a sample of the metric is unknown. Without a limit it is the usual one: what an older sample
// was shared by is not kept.
func (m *Metric) mostAge() time.Duration {
	if m.MaxAge > 0 {
		return m.MaxAge
	}
	return usualMaxAge
}

// readyNow is how many pods were ready when pods were observed last.
func (e *evaluation) readyNow() int {
	if n := len(e.state.Ready); n > 0 {
		return int(e.state.Ready[n-1].Ready)
	}
	return 0
}

// sharers gives the number of pods that shared a load in the time of a sample: those that were ready then. Before that history
// begins, the autoscaler's own changes tell how many more or fewer there were.
type sharers struct {
	state *State
	// now is how many pods count now, and unready how many of them are not among the ready ones of the history.
	now, unready int64
	// lag is how long removed pods still count.
	lag time.Duration
}

// sharersOf is for a proposal that counts so many pods.
func (e *evaluation) sharersOf(pods int) sharers {
	return sharers{state: &e.state, now: int64(pods), unready: max(0, int64(pods-e.readyNow()))}
}

// sharersNow is for the ready pods.
func (e *evaluation) sharersNow() sharers { return sharers{state: &e.state, now: int64(e.readyNow())} }

// at is the count at an instant.
func (s sharers) at(instant time.Time) int64 {
	count := s.recorded(instant)
	if s.lag == 0 {
		return count
	}
	before := instant.Add(-s.lag)
	for i := len(s.state.Ready) - 1; i >= 0 && s.state.Ready[i].Time.After(before); i-- {
		if c := s.state.Ready[i]; !c.Time.After(instant) {
			count = max(count, int64(c.Ready)+s.unready)
		}
	}
	return max(count, s.recorded(before))
}

func (s sharers) recorded(instant time.Time) int64 {
	history := s.state.Ready
	if len(history) == 0 {
		return max(0, s.now+s.changedBack(instant, farFuture))
	}
	i := len(history) - 1
	for i > 0 && history[i].Time.After(instant) {
		i--
	}
	count := int64(history[i].Ready) + s.unready
	if history[i].Time.After(instant) {
		count += s.changedBack(instant, history[i].Time)
	}
	return max(0, count)
}

// changedBack is how many more pods there were at an instant than at the end, by the changes between them.
func (s sharers) changedBack(instant, end time.Time) (more int64) {
	for _, e := range s.state.Downs {
		if e.Time.After(instant) && e.Time.Before(end) {
			more += int64(e.Change)
		}
	}
	for _, e := range s.state.Ups {
		if e.Time.After(instant) && e.Time.Before(end) {
			more -= int64(e.Change)
		}
	}
	return more
}

// latest is the count from the last change on.
func (s sharers) latest() int64 {
	if n := len(s.state.Ready); n > 0 {
		return max(s.now, int64(s.state.Ready[n-1].Ready))
	}
	return s.now
}

// changeBefore is the last instant of a change that is before end and after from; from where there is none.
func (s sharers) changeBefore(end, from time.Time) time.Time {
	last := from
	note := func(at time.Time) {
		for _, at := range [...]time.Time{at, at.Add(s.lag)} {
			if at.Before(end) && at.After(last) {
				last = at
			}
		}
	}
	for i := len(s.state.Ready) - 1; i > 0; i-- {
		note(s.state.Ready[i].Time)
	}
	for _, e := range s.state.Downs {
		note(e.Time)
	}
	for _, e := range s.state.Ups {
		note(e.Time)
	}
	return last
}

// steadySince says whether the count is the same from an instant on.
func (s sharers) steadySince(instant time.Time) bool {
	return !s.changeBefore(farFuture, instant).After(instant)
}

var farFuture = time.Unix(1<<40, 0)

// over is the count over the time of a sample: that at its instant, or where it has a window the harmonic mean of those in the
// window, over the time in which there were some.
//
// A load L that n(t) pods share shows as the mean of L/n(t), so what it is multiplied by is the harmonic mean of n(t). By the
// arithmetic one a load would seem to rise by an eighth when half of the pods have gone within the window.
//
// A rate is measured between the first and the last scrape in its window only, which can be as little as its later half. Where too
// few pods would scale in, which is where there is a lag, it is the highest mean of all such parts of the window.
func (s sharers) over(from, to time.Time) float64 {
	if s.steadySince(from) {
		return float64(s.latest())
	}
	if !from.Before(to) {
		return float64(s.at(to))
	}
	shares, shared, highest := 0.0, 0.0, 0.0
	middle := to.Add(-to.Sub(from) / 2)
	for end := to; end.After(from); {
		begin := s.changeBefore(end, from)
		if s.lag > 0 && begin.Before(middle) && end.After(middle) {
			begin = middle
		}
		if n := s.at(begin); n > 0 {
			shares += end.Sub(begin).Seconds() / float64(n)
			shared += end.Sub(begin).Seconds()
		}
		end = begin
		if shares > 0 && (!end.After(from) || (s.lag > 0 && !end.After(middle))) {
			highest = max(highest, shared/shares)
		}
	}
	return highest
}

// mean is the count over several samples, each weighed by its value.
type mean struct {
	who          sharers
	sum, weights float64
	time         time.Time // and window of the sample that was added last, and its count
	window       time.Duration
	last         float64
}

// add adds a sample. One without a value has no weight.
func (m *mean) add(value float64, at time.Time, window time.Duration) {
	if !(value > 0) {
		return
	}
	if m.weights == 0 || !at.Equal(m.time) || window != m.window { // samples of one scrape have one time
		m.time, m.window, m.last = at, window, m.who.over(at.Add(-window), at)
	}
	m.sum += value * m.last
	m.weights += value
}

// value is 0 where nothing has a weight.
func (m *mean) value() float64 {
	if m.weights == 0 {
		return 0
	}
	return m.sum / m.weights
}

// atMost is the count over a sample with this time and window, where too few would scale in: a removal takes some time to have
// its effect, in which a sample may be of the pods before it.
func (s sharers) atMost(at time.Time, window time.Duration) float64 {
	s.lag = takesEffect
	return s.over(at.Add(-window), at)
}
