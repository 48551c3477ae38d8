package engine

import (
	"fmt"
	"math"
)

// proposeByValue is for a metric that is one value: of an object, of the world outside, or of a query.
func (t *turn) proposeByValue(m *Metric, r *Reading) Proposal {
	if t.tooOld(m, r.Time) {
		return t.unknown(m, r, fmt.Sprintf("the newest sample is %s old, and maxAge is %s", t.now.Sub(r.Time), m.MaxAge))
	}
	p := Proposal{Known: true, Current: r.Value, Time: r.Time, Via: r.Via}
	if m.TargetType == AverageValue {
		t.proposeByAverage(m, r, &p)
	} else {
		t.proposeByRatio(m, r, &p)
	}
	if p.Known && m.Type == Prometheus && t.d.Current == 0 && r.Value <= m.Activation {
		p.Replicas, p.Kept = 0, KeptInactive
	}
	return p
}

// proposeByAverage is for a value that the replicas share. It divides by the replicas that the target reports, as
// upstream does, which during a rollout can be more than were asked for.
func (t *turn) proposeByAverage(m *Metric, r *Reading, p *Proposal) {
	replicas := t.seen.StatusReplicas
	ratio := float64(r.Value) / (float64(m.Target) * float64(replicas))
	if t.spec.within(ratio) {
		p.Replicas, p.Kept = replicas, KeptWithinTolerance
	} else {
		p.Replicas = replicasFor(float64(r.Value) / float64(m.Target))
	}
	if replicas == 0 {
		// An average over nothing is no number; the whole stands in for it where it is shown.
		p.Ratio = float64(r.Value) / float64(m.Target)
		return
	}
	p.Ratio = ratio
	if r.Value < math.MaxInt64 {
		p.Current = saturate(math.Ceil(float64(r.Value) / float64(replicas)))
	}
}

// proposeByRatio is for a value that grows and shrinks with the load on each pod: the ready pods are multiplied by how
// far it is from its target.
func (t *turn) proposeByRatio(m *Metric, r *Reading, p *Proposal) {
	p.Ratio = float64(r.Value) / float64(m.Target)
	if t.d.Current == 0 {
		p.Replicas = replicasFor(p.Ratio)
		return
	}
	if t.spec.within(p.Ratio) {
		p.Replicas, p.Kept = t.d.Current, KeptWithinTolerance
		return
	}
	if len(t.seen.Pods) == 0 {
		*p = t.unknown(m, r, "no pod matches the target's selector, so the ready ones cannot be multiplied")
		return
	}
	for i := range t.seen.Pods {
		if pod := &t.seen.Pods[i]; pod.Phase == Running && pod.Readiness == Ready {
			p.Ready++
		}
	}
	p.Unready = len(t.seen.Pods) - p.Ready
	if p.Ready == 0 {
		// The product would be zero however great the load is.
		p.Replicas, p.Kept = t.d.Current, KeptNoReadyPods
		return
	}
	p.Replicas = replicasFor(p.Ratio * float64(p.Ready))
}

// saturate converts without wrapping around.
func saturate(x float64) int64 {
	switch {
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	default:
		return int64(x)
	}
}
