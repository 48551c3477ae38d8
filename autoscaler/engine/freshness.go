package engine

import "time"

// SampleAge is what is kept of a metric's newest sample, to find out that no newer one comes.
type SampleAge struct {
	// Metric is the metric's [Metric.Identity]: its place in the spec may change.
	Metric uint64
	// Newest is the time of the newest sample. Of a source that gives no times it is the earliest that it can be: the last
	// time that another value was read.
	Newest time.Time
	// Since is when that sample was read first, and Ticks how many decisions have found no newer one since.
	Since time.Time
	Ticks int32
	// Cadence is the usual time from one sample to the next; 0 where it is not known yet.
	Cadence time.Duration
	// Digest stands for the values of samples without times, read last at Read; 0 for samples with times.
	Digest uint64
	Read   time.Time
}

// StaleMetric is a metric of which no newer sample has come for some time.
type StaleMetric struct {
	// Index of the metric in the spec.
	Index int
	// Age of its newest sample.
	Age time.Duration
	// Cause is why no newer one came; empty where the source does not say.
	Cause string
}

const (
	// staleTicks is how many decisions in a row must find no newer sample for the metric to be stale, and staleGaps how many
	// times the usual time between two samples must have passed.
	staleTicks, staleGaps = 3, 2
	// unknownCadence stands for the time between samples where it is not known yet: that of a slow scrape.
	unknownCadence = time.Minute
	// cadenceGaps is the number of gaps over which the cadence is a mean, and longestGap bounds what one gap can change, so that
	// an outage or a restart is not taken for a cadence.
	cadenceGaps, longestGap = 4, 3
)

// recordSamples updates what is kept of each metric's newest sample, and lists the metrics that are stale. It must be called
// before the proposals are made.
func (e *evaluation) recordSamples() {
	for i := range e.spec.Metrics {
		age := e.sampleAge(i)
		if i >= len(e.observation.Readings) || e.observation.PodsProblem != "" || e.podsAreGone(i) {
			age.Since, age.Ticks = e.now, 0 // nobody looked, or there is nothing to measure
			continue
		}
		r := &e.observation.Readings[i]
		e.noteSample(&e.spec.Metrics[i], r, age)
		if age.stale(e.now) {
			cause := r.Problem
			if cause == "" {
				cause = r.RefreshError
			}
			e.d.Stale = append(e.d.Stale, StaleMetric{Index: i, Age: e.now.Sub(age.Newest), Cause: cause})
		}
	}
	e.state.Samples = e.state.Samples[:len(e.spec.Metrics)]
	if len(e.spec.Metrics) > 0 {
		e.d.MetricsStale = Verdict{Status: False, Reason: ReasonNewSamples}
		if len(e.d.Stale) > 0 {
			e.d.MetricsStale = Verdict{Status: True, Reason: ReasonNoNewSample}
		}
	}
}

// podsAreGone says whether the metric is one of pods and none is there.
func (e *evaluation) podsAreGone(i int) bool {
	return e.spec.Metrics[i].byPod() && len(e.observation.Pods) == 0
}

func (m *Metric) byPod() bool {
	return m.Type == Resource || m.Type == ContainerResource || m.Type == Pods
}

// sampleAge is what is kept of metric i, moved to place i.
func (e *evaluation) sampleAge(i int) *SampleAge {
	id := e.spec.Metrics[i].Identity()
	all := e.state.Samples
	for j := i; j < len(all); j++ {
		if all[j].Metric == id {
			all[i], all[j] = all[j], all[i]
			return &all[i]
		}
	}
	all = append(all, SampleAge{Metric: id})
	all[i], all[len(all)-1] = all[len(all)-1], all[i]
	e.state.Samples = all
	return &all[i]
}

// noteSample takes a reading into account.
func (e *evaluation) noteSample(m *Metric, r *Reading, age *SampleAge) {
	newest, digest := e.newest(m, r)
	switch {
	case r.Problem != "" || (newest.IsZero() && digest == 0):
		// An unknown metric has its own words. One that was stale before stays so.
	case digest != 0:
		if age.Digest != digest {
			// Another value was read last at Read, so the sample is younger than that. Of the first one nothing is known.
			age.Newest = earlier(age.Read, e.now)
			if age.Read.IsZero() {
				age.Newest = e.now.Add(-m.ageLimit())
			}
			age.Since = e.now
		}
		age.Digest, age.Read, age.Ticks, age.Cadence = digest, e.now, 0, 0
	case age.Newest.IsZero() || age.Digest != 0:
		*age = SampleAge{Metric: age.Metric, Newest: newest, Since: e.now}
	case newest.After(age.Newest):
		if !age.stale(e.now) {
			age.updateCadence(newest.Sub(age.Newest))
		}
		age.Newest, age.Since, age.Ticks = newest, e.now, 0
	default:
		age.Ticks++
	}
}

// learn takes the time between two samples into their cadence.
func (a *SampleAge) updateCadence(gap time.Duration) {
	if a.Cadence == 0 {
		a.Cadence = gap.Truncate(time.Millisecond)
		return
	}
	a.Cadence += ((min(gap, longestGap*a.Cadence) - a.Cadence) / cadenceGaps).Truncate(time.Millisecond)
}

// stale says whether a newer sample should have come by now.
func (a *SampleAge) stale(now time.Time) bool {
	cadence := a.Cadence
	if cadence == 0 {
		cadence = unknownCadence
	}
	return a.Digest == 0 && a.Ticks >= staleTicks && now.Sub(a.Since) > staleGaps*cadence
}

// newest gives the time of a reading's newest sample, or where none has a time a number that stands for the values, which is
// not 0. Both are zero where there is no sample.
func (e *evaluation) newest(m *Metric, r *Reading) (newest time.Time, digest uint64) {
	h := fnv(fnvOffset)
	if !m.byPod() {
		if !r.Time.IsZero() {
			return r.Time.Truncate(time.Millisecond), 0 // as all that is kept
		}
		return time.Time{}, uint64(h.long(r.Value)) | 1
	}
	found := false
	for i := range r.Pods {
		switch s := &r.Pods[i]; {
		case !s.Known:
		case s.Time.After(newest):
			newest = s.Time
		case s.Time.IsZero():
			found, h = true, h.long(s.Value)
		}
	}
	if found && newest.IsZero() {
		digest = uint64(h) | 1
	}
	return newest.Truncate(time.Millisecond), digest
}

// timeOf is the time of a sample of metric i. One that the source gives no time is taken to be as old as it can be: taken when
// another value was read last, and never older than a sample may be. While its value stays the same, it is the same sample.
func (e *evaluation) timeOf(i int, sampled time.Time) time.Time {
	if !sampled.IsZero() {
		return sampled
	}
	oldest := e.now.Add(-e.spec.Metrics[i].ageLimit())
	if i < len(e.state.Samples) && e.state.Samples[i].Digest != 0 && e.state.Samples[i].Newest.After(oldest) {
		return e.state.Samples[i].Newest
	}
	return oldest
}

// sampledAt is the time of a reading that is one value, of a metric that no proposal is made by; now where the source gives none.
func (e *evaluation) sampledAt(r *Reading) time.Time {
	if r.Time.IsZero() {
		return e.now
	}
	return r.Time
}

// isNewSample says whether metric i has a sample that no decision before this one was made by.
func (e *evaluation) isNewSample(i int) bool { return e.state.Samples[i].Since.Equal(e.now) }

func (h fnv) long(x int64) fnv {
	for range 8 {
		h = h.number(byte(x))
		x >>= 8
	}
	return h
}
