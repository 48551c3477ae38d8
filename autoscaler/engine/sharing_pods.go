package engine

import "time"

// removalLag is how long after a scale-in the last removed pod can still share the load: the workload's controller deletes the
// pods, and the endpoints controller removes their endpoints after that.
const removalLag = 2 * time.Second

// farFuture is later than every recorded change.
var farFuture = time.Unix(1<<40, 0)

// sharingPods returns the number of pods that shared a load at a time: the ready pods of the history, and before its first entry
// that entry corrected by the changes that the autoscaler made.
type sharingPods struct {
	state *State
	// now is the number of pods that the proposal counts, and unready how many of them the history does not count as ready.
	now, unready int64
	// lag is the time for which a removed pod still counts.
	lag time.Duration
}

// sharingOf returns the sharingPods of a proposal that counts this many pods.
func (e *evaluation) sharingOf(pods int) sharingPods {
	return sharingPods{state: &e.state, now: int64(pods), unready: max(0, int64(pods-e.readyNow()))}
}

// sharingNow returns the sharingPods of the ready pods.
func (e *evaluation) sharingNow() sharingPods {
	return sharingPods{state: &e.state, now: int64(e.readyNow())}
}

// countAt returns the highest count of the lag before an instant.
func (s sharingPods) countAt(instant time.Time) int64 {
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

// recorded returns the count at an instant, without the lag.
func (s sharingPods) recorded(instant time.Time) int64 {
	history := s.state.Ready
	if len(history) == 0 {
		return max(0, s.now+s.removedBetween(instant, farFuture))
	}
	i := len(history) - 1
	for i > 0 && history[i].Time.After(instant) {
		i--
	}
	count := int64(history[i].Ready) + s.unready
	if history[i].Time.After(instant) {
		count += s.removedBetween(instant, history[i].Time)
	}
	return max(0, count)
}

// removedBetween returns the replicas that the autoscaler removed between two times, minus those that it added.
func (s sharingPods) removedBetween(start, end time.Time) (removed int64) {
	for _, change := range s.state.Downs {
		if change.Time.After(start) && change.Time.Before(end) {
			removed += int64(change.Change)
		}
	}
	for _, change := range s.state.Ups {
		if change.Time.After(start) && change.Time.Before(end) {
			removed -= int64(change.Change)
		}
	}
	return removed
}

// latest returns the count since the last change.
func (s sharingPods) latest() int64 {
	if n := len(s.state.Ready); n > 0 {
		return max(s.now, int64(s.state.Ready[n-1].Ready))
	}
	return s.now
}

// changeBefore returns the time of the last change between start and end; start without one.
func (s sharingPods) changeBefore(end, start time.Time) time.Time {
	last := start
	compare := func(change time.Time) {
		for _, edge := range [...]time.Time{change, change.Add(s.lag)} {
			if edge.Before(end) && edge.After(last) {
				last = edge
			}
		}
	}
	for i := len(s.state.Ready) - 1; i > 0; i-- {
		compare(s.state.Ready[i].Time)
	}
	for _, change := range s.state.Downs {
		compare(change.Time)
	}
	for _, change := range s.state.Ups {
		compare(change.Time)
	}
	return last
}

// unchangedSince reports whether the count has not changed since an instant.
func (s sharingPods) unchangedSince(instant time.Time) bool {
	return !s.changeBefore(farFuture, instant).After(instant)
}

// meanOver returns the harmonic mean of the count over the window of a sample, without the time in which no pod was ready; the
// count at its end where the window is empty.
//
// A load L that n(t) pods share shows as the mean of L/n(t), so the factor that recovers L is the harmonic mean of n(t). With the
// arithmetic mean, a load would seem to rise by an eighth after half of the pods left within the window.
//
// rate() measures between the first and the last scrape in its window, which can be as little as its later half. With a lag, where
// a count that is too low would scale in, meanOver returns the highest mean over every such part of the window.
func (s sharingPods) meanOver(start, end time.Time) float64 {
	if s.unchangedSince(start) {
		return float64(s.latest())
	}
	if !start.Before(end) {
		return float64(s.countAt(end))
	}
	inverse, seconds, highest := 0.0, 0.0, 0.0 // inverse is the sum of seconds/count
	middle := end.Add(-end.Sub(start) / 2)
	for end.After(start) {
		begin := s.changeBefore(end, start)
		if s.lag > 0 && begin.Before(middle) && end.After(middle) {
			begin = middle
		}
		if n := s.countAt(begin); n > 0 {
			inverse += end.Sub(begin).Seconds() / float64(n)
			seconds += end.Sub(begin).Seconds()
		}
		end = begin
		if inverse > 0 && (!end.After(start) || (s.lag > 0 && !end.After(middle))) {
			highest = max(highest, seconds/inverse)
		}
	}
	return highest
}

// highestOver returns the highest count that a sample with this time and window can come from, for uses where a count that is
// too low would scale in.
func (s sharingPods) highestOver(sampled time.Time, window time.Duration) float64 {
	s.lag = removalLag
	return s.meanOver(sampled.Add(-window), sampled)
}

// sharingMean is the mean of the count over several samples, weighted by their values.
type sharingMean struct {
	sharing      sharingPods
	sum, weights float64
	// time and window are those of the last sample, and count is its count.
	time   time.Time
	window time.Duration
	count  float64
}

// add adds a sample. A value that is not positive has no weight.
func (m *sharingMean) add(value float64, sampled time.Time, window time.Duration) {
	if !(value > 0) {
		return
	}
	if m.weights == 0 || !sampled.Equal(m.time) || window != m.window { // the samples of one scrape share their time
		m.time, m.window, m.count = sampled, window, m.sharing.meanOver(sampled.Add(-window), sampled)
	}
	m.sum += value * m.count
	m.weights += value
}

// value returns the mean; 0 where no sample has a weight.
func (m *sharingMean) value() float64 {
	if m.weights == 0 {
		return 0
	}
	return m.sum / m.weights
}
