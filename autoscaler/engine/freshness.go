package engine

import "time"

// SampleAge is the age of a metric's newest sample, which shows whether newer samples arrive.
type SampleAge struct {
	// Metric is the metric's [Metric.Identity], because its index in the spec can change.
	Metric uint64
	// Newest is the time of the newest sample. For a source without times it is the earliest possible one: the last time at
	// which another value was read.
	Newest time.Time
	// Since is when that sample was first read, and Ticks the number of decisions without a newer one since then.
	Since time.Time
	Ticks int32
	// Cadence is the mean time between two samples; 0 where it is unknown.
	Cadence time.Duration
	// Digest is a hash of the values of samples without times, last read at Read; 0 for samples with times.
	Digest uint64
	Read   time.Time
	// FullUse is the time of the last sample by which the pods were at full use; zero where the newest sample does not cover it.
	FullUse time.Time
}

// StaleMetric is a metric without a newer sample for at least staleTicks decisions and staleGaps cadences.
type StaleMetric struct {
	// Index of the metric in the spec.
	Index int
	// Age of its newest sample.
	Age time.Duration
	// Cause is why the source has no newer one; empty where it is unknown.
	Cause string
}

const (
	// A metric is stale after staleTicks decisions in a row without a newer sample, and staleGaps times its cadence.
	staleTicks, staleGaps = 3, 2
	// unknownCadence is the cadence of a slow scrape, for a metric whose cadence is unknown.
	unknownCadence = time.Minute
	// cadenceGaps is the number of gaps in the mean of the cadence. A gap counts for at most longestGap cadences, so that an outage
	// or a restart changes the cadence little.
	cadenceGaps, longestGap = 4, 3
)

// recordSamples updates the age of each metric's newest sample, and lists the stale metrics. It must run before the proposals.
func (e *evaluation) recordSamples() {
	for i := range e.spec.Metrics {
		age := e.sampleAge(i)
		if i >= len(e.observation.Readings) || e.observation.PodsProblem != "" || e.hasNoPods(i) {
			age.Since, age.Ticks = e.now, 0 // the metric was not read, or has no pods to measure
			continue
		}
		r := &e.observation.Readings[i]
		e.recordSample(&e.spec.Metrics[i], r, age)
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

// hasNoPods reports whether metric i is measured by pod, and the target has none.
func (e *evaluation) hasNoPods(i int) bool {
	return e.spec.Metrics[i].byPod() && len(e.observation.Pods) == 0
}

// byPod reports whether each pod has a sample of the metric.
func (m *Metric) byPod() bool {
	return m.Type == Resource || m.Type == ContainerResource || m.Type == Pods
}

// sampleAge returns the entry of metric i, which it moves to index i.
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

// recordSample updates the age of a metric's newest sample from a reading.
func (e *evaluation) recordSample(m *Metric, r *Reading, age *SampleAge) {
	newest, digest := e.newest(m, r)
	switch {
	case r.Problem != "" || (newest.IsZero() && digest == 0):
		// An unknown metric is reported as such; one that was stale stays stale.
	case digest != 0:
		if age.Digest != digest {
			// The last read, at Read, returned another value, so the sample is younger. The age of a first sample is unknown.
			age.Newest = earlier(age.Read, e.now)
			if age.Read.IsZero() {
				age.Newest = e.now.Add(-m.ageLimit())
			}
			age.Since = e.now
		}
		age.Digest, age.Read, age.Ticks, age.Cadence = digest, e.now, 0, 0
	case age.Newest.IsZero() || age.Digest != 0:
		*age = SampleAge{Metric: age.Metric, Newest: newest, Since: e.now, FullUse: age.FullUse}
	case newest.After(age.Newest):
		if !age.stale(e.now) {
			age.updateCadence(newest.Sub(age.Newest))
		}
		age.Newest, age.Since, age.Ticks = newest, e.now, 0
	default:
		age.Ticks++
	}
}

// updateCadence adds the time between two samples to their mean.
func (a *SampleAge) updateCadence(gap time.Duration) {
	if a.Cadence == 0 {
		a.Cadence = gap.Truncate(time.Millisecond)
		return
	}
	a.Cadence += ((min(gap, longestGap*a.Cadence) - a.Cadence) / cadenceGaps).Truncate(time.Millisecond)
}

// stale reports whether a newer sample is overdue.
func (a *SampleAge) stale(now time.Time) bool {
	cadence := a.Cadence
	if cadence == 0 {
		cadence = unknownCadence
	}
	return a.Digest == 0 && a.Ticks >= staleTicks && now.Sub(a.Since) > staleGaps*cadence
}

// newest returns the time of a reading's newest sample, or where no sample has a time a hash of the values, which is not 0. Both
// are zero without a sample.
func (e *evaluation) newest(m *Metric, r *Reading) (newest time.Time, digest uint64) {
	h := fnv(fnvOffset)
	if !m.byPod() {
		if !r.Time.IsZero() {
			return r.Time.Truncate(time.Millisecond), 0 // as the state stores it
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

// timeOf returns the time of a sample of metric i. For a source without times it is the earliest possible one: the last read of
// another value, or the age limit of samples. An unchanged value counts as the same sample.
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

// sampledAt returns the time of a reading of a batch; now where the source gives none.
func (e *evaluation) sampledAt(r *Reading) time.Time {
	if r.Time.IsZero() {
		return e.now
	}
	return r.Time
}

// isNewSample reports whether this decision is the first one by the sample of metric i.
func (e *evaluation) isNewSample(i int) bool { return e.state.Samples[i].Since.Equal(e.now) }

// long adds the bytes of a number, low byte first.
func (h fnv) long(x int64) fnv {
	for range 8 {
		h = h.number(byte(x))
		x >>= 8
	}
	return h
}
