package engine

import (
	"fmt"
	"time"
)

// propose returns the proposal of metric i.
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
		return e.unknown(m, r, fmt.Sprintf("unknown metric type %d", m.Type))
	}
}

// unknown returns the proposal of a metric without a value.
func (e *evaluation) unknown(m *Metric, r *Reading, problem string) Proposal {
	p := Proposal{Problem: problem, Code: failureReason(m.Type)}
	if r != nil {
		p.Time, p.Via = r.Time, r.Via
	}
	return p
}

// tooOld reports whether a sample of this time counts as unknown. A sample without a time is never too old.
func (e *evaluation) tooOld(m *Metric, sampled time.Time) bool { return m.tooOld(sampled, e.now) }

func (m *Metric) tooOld(sampled, now time.Time) bool {
	return m.MaxAge > 0 && !sampled.IsZero() && now.Sub(sampled) >= m.MaxAge
}

// tooOldProblem is the message for a sample that is too old.
func (e *evaluation) tooOldProblem(m *Metric, sampled time.Time) string {
	return "the newest sample is " + e.now.Sub(sampled).String() + " old; maxAge is " + m.MaxAge.String()
}

// withinTolerance reports whether the ratio is so near to 1 that it changes nothing.
func (s *Spec) withinTolerance(ratio float64) bool {
	return 1.0-s.Down.Tolerance <= ratio && ratio <= 1.0+s.Up.Tolerance
}
