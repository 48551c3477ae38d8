package engine

import (
	"fmt"
	"time"
)

// propose gives metric i's wish.
func (t *turn) propose(i int) Proposal {
	m := &t.spec.Metrics[i]
	switch {
	case t.seen.PodsProblem != "":
		reason := t.seen.PodsReason
		if reason == "" {
			reason = ReasonInvalidSelector
		}
		return Proposal{Problem: t.seen.PodsProblem, Code: reason}
	case i >= len(t.seen.Readings):
		return t.unknown(m, nil, "the metric was not read")
	}
	r := &t.seen.Readings[i]
	if r.Problem != "" {
		return t.unknown(m, r, r.Problem)
	}
	switch m.Type {
	case Resource, ContainerResource, Pods:
		return t.holdPartial(t.proposeByPods(i, m, r))
	case Object, External, Prometheus:
		return t.holdPartial(t.proposeByValue(i, m, r))
	default:
		return t.unknown(m, r, fmt.Sprintf("metric type %d is not known here", m.Type))
	}
}

func (t *turn) unknown(m *Metric, r *Reading, problem string) Proposal {
	p := Proposal{Problem: problem, Code: failureReason(m.Type)}
	if r != nil {
		p.Time, p.Via = r.Time, r.Via
	}
	return p
}

// tooOld says whether a sample of this time counts as unknown. A time that the source does not tell cannot be too old.
func (t *turn) tooOld(m *Metric, sampled time.Time) bool { return m.tooOld(sampled, t.now) }

func (m *Metric) tooOld(sampled, now time.Time) bool {
	return m.MaxAge > 0 && !sampled.IsZero() && now.Sub(sampled) >= m.MaxAge
}

// within says whether the ratio is near enough to 1 to change nothing.
func (s *Spec) within(ratio float64) bool {
	return 1.0-s.Down.Tolerance <= ratio && ratio <= 1.0+s.Up.Tolerance
}
