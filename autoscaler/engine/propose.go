package engine

import (
	"fmt"
	"time"
)

// propose gives metric i's wish.
func (e *evaluation) propose(i int) Proposal {
	m := &e.spec.Metrics[i]
	switch {
	case e.observation.PodsProblem != "":
		reason := e.observation.PodsReason
		if reason == "" {
			reason = ReasonInvalidSelector
		}
		return Proposal{Problem: e.observation.PodsProblem, Code: reason}
	case i >= len(e.observation.Readings):
		return e.unknown(m, nil, "the metric was not read")
	}
	r := &e.observation.Readings[i]
	if r.Problem != "" {
		return e.unknown(m, r, r.Problem)
	}
	switch m.Type {
	case Resource, ContainerResource, Pods:
		return e.holdPartial(e.proposeByPods(i, m, r))
	case Object, External, Prometheus:
		return e.holdPartial(e.proposeByValue(i, m, r))
	default:
		return e.unknown(m, r, fmt.Sprintf("metric type %d is not known here", m.Type))
	}
}

func (e *evaluation) unknown(m *Metric, r *Reading, problem string) Proposal {
	p := Proposal{Problem: problem, Code: failureReason(m.Type)}
	if r != nil {
		p.Time, p.Via = r.Time, r.Via
	}
	return p
}

// tooOld says whether a sample of this time counts as unknown. A time that the source does not tell cannot be too old.
func (e *evaluation) tooOld(m *Metric, sampled time.Time) bool { return m.tooOld(sampled, e.now) }

func (m *Metric) tooOld(sampled, now time.Time) bool {
	return m.MaxAge > 0 && !sampled.IsZero() && now.Sub(sampled) >= m.MaxAge
}

// within says whether the ratio is near enough to 1 to change nothing.
func (s *Spec) withinTolerance(ratio float64) bool {
	return 1.0-s.Down.Tolerance <= ratio && ratio <= 1.0+s.Up.Tolerance
}
