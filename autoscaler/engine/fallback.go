package engine

import "time"

// FallbackBehavior says what a metric proposes that has been unknown for long.
type FallbackBehavior uint8

// The behaviors.
const (
	FallbackStatic          FallbackBehavior = iota + 1 // Fallback.Replicas
	FallbackCurrent                                     // the replicas there are
	FallbackCurrentIfHigher                             // the greater of the two
	FallbackCurrentIfLower                              // the lesser of the two
)

// Fallback is what a metric proposes once it has been unknown for long.
type Fallback struct {
	// After so long; greater than 0.
	After    time.Duration
	Replicas int32
	Behavior FallbackBehavior
}

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

// Outage is a time in which a metric has been unknown at every tick.
type Outage struct {
	// Metric is the metric's [Metric.Identity]: its place in the spec may change.
	Metric uint64
	Since  time.Time
}

// recordOutages writes down since when the metrics without a value have had none, and gives up those that have one again.
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

func (e *evaluation) unknownSince(metric uint64) time.Time {
	for _, outage := range e.state.Outages {
		if outage.Metric == metric {
			return outage.Since
		}
	}
	return e.now
}

// fallBack lets the metrics that have been unknown for long propose what the spec says. Where the pods cannot be told
// there is none: then it is not a metric that fails.
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

// Identity tells a metric from the others of its spec, whatever their order. It is the same in every process.
func (m *Metric) Identity() uint64 {
	h := fnv(fnvOffset).number(byte(m.Type))
	for _, text := range [...]string{m.Name, m.Container, m.Selector, m.Object.APIVersion, m.Object.Kind, m.Object.Name, m.Query} {
		h = h.text(text)
	}
	return uint64(h)
}

// fnv is the FNV-1a hash, http://www.isthe.com/chongo/tech/comp/fnv. That of the standard library allocates.
type fnv uint64

const fnvOffset = 14695981039346656037

func (h fnv) number(b byte) fnv { return (h ^ fnv(b)) * 1099511628211 }

func (h fnv) text(s string) fnv {
	for i := range len(s) {
		h = h.number(s[i])
	}
	return h.number(0)
}
