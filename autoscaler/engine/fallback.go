package engine

import "time"

// FallbackBehavior is how the replicas of a fallback relate to the current count.
type FallbackBehavior uint8

// The behaviors.
const (
	FallbackStatic          FallbackBehavior = iota + 1 // Fallback.Replicas
	FallbackCurrent                                     // the current count
	FallbackCurrentIfHigher                             // the greater of the two
	FallbackCurrentIfLower                              // the lesser of the two
)

// Fallback is the proposal of a metric that has been unknown for a time.
type Fallback struct {
	// After is the time for which the metric must have been unknown. Positive.
	After    time.Duration
	Replicas int32
	Behavior FallbackBehavior
}

// propose returns the replicas of the fallback.
func (f *Fallback) propose(current int32) int32 {
	switch f.Behavior {
	case FallbackCurrent:
		return current
	case FallbackCurrentIfHigher:
		return max(current, f.Replicas)
	case FallbackCurrentIfLower:
		return min(current, f.Replicas)
	default:
		return f.Replicas
	}
}

// Outage is a time in which a metric has been unknown at every sync.
type Outage struct {
	// Metric is the metric's [Metric.Identity], because its index in the spec can change.
	Metric uint64
	Since  time.Time
}

// recordOutages records since when each metric without a value has been unknown, and drops the outages that ended.
func (e *evaluation) recordOutages() {
	for i := range e.d.Proposals {
		p := &e.d.Proposals[i]
		if !p.Known {
			p.UnknownSince = e.unknownSince(e.spec.Metrics[i].Identity())
		}
	}
	e.state.Outages = e.state.Outages[:0]
	for i := range e.d.Proposals {
		if p := &e.d.Proposals[i]; !p.Known {
			e.state.Outages = append(e.state.Outages, Outage{Metric: e.spec.Metrics[i].Identity(), Since: p.UnknownSince})
		}
	}
}

// unknownSince returns the start of the metric's outage; now where it has none yet.
func (e *evaluation) unknownSince(metric uint64) time.Time {
	for _, outage := range e.state.Outages {
		if outage.Metric == metric {
			return outage.Since
		}
	}
	return e.now
}

// fallBack sets the fallback as the proposal of the metrics that have been unknown for its time. It does not apply while the pods
// are unknown, because then no metric has failed.
func (e *evaluation) fallBack() {
	f := e.spec.Fallback
	if f == nil || e.observation.PodsProblem != "" {
		return
	}
	for i := range e.d.Proposals {
		p := &e.d.Proposals[i]
		if !p.Known && e.now.Sub(p.UnknownSince) >= f.After {
			p.IsFallback, p.Replicas = true, f.propose(e.d.Current)
		}
	}
}

// Identity returns a hash of the metric, which is the same in every process and for every order of metrics.
func (m *Metric) Identity() uint64 {
	h := fnv(fnvOffset).number(byte(m.Type))
	for _, text := range [...]string{m.Name, m.Container, m.Selector, m.Object.APIVersion, m.Object.Kind, m.Object.Name, m.Query} {
		h = h.text(text)
	}
	return uint64(h)
}

// fnv is the FNV-1a hash, http://www.isthe.com/chongo/tech/comp/fnv. The standard library's allocates.
type fnv uint64

const fnvOffset = 14695981039346656037

// number adds a byte.
func (h fnv) number(b byte) fnv { return (h ^ fnv(b)) * 1099511628211 }

// text adds a string and a byte that ends it.
func (h fnv) text(s string) fnv {
	for i := range len(s) {
		h = h.number(s[i])
	}
	return h.number(0)
}
