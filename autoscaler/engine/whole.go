package engine

import (
	"fmt"
	"math"
)

// proposeByValue is for a metric that is one value: of an object, of the world outside, or of a query.
func (t *turn) proposeByValue(i int, m *Metric, r *Reading) Proposal {
	if t.tooOld(m, r.Time) {
		return t.unknown(m, r, fmt.Sprintf("the newest sample is %s old, and maxAge is %s", t.now.Sub(r.Time), m.MaxAge))
	}
	p := Proposal{Known: true, Current: r.Value, Time: r.Time, Via: r.Via, Partial: t.partialReason(r)}
	if m.TargetType == AverageValue {
		t.proposeByAverage(m, r, &p)
	} else {
		t.proposeByRatio(m, r, &p)
		t.olderValue(r, i, &p)
	}
	return p
}

// proposeByAverage is for a value that the replicas share.
func (t *turn) proposeByAverage(m *Metric, r *Reading, p *Proposal) {
	n, replicas := t.numbers(), t.sharing()
	value := r.Value
	if value < 0 && m.Type == External && n.wrap {
		value = math.MaxInt64 // upstream takes a negative sum for one that has wrapped around
	}
	ratio := float64(value) / (float64(m.Target) * float64(replicas))
	careful, filled := t.fillIn(r, ratio)
	switch wish := float64(value) / float64(m.Target); {
	case t.spec.within(ratio):
		p.Replicas, p.Kept = replicas, KeptWithinTolerance
	case filled:
		t.settleWhole(p, careful, replicas)
	case m.Type == Object:
		p.Replicas = n.roundUp(wish)
	default:
		p.Replicas = n.roundUpCapped(wish)
	}
	if replicas == 0 && !n.wrap {
		// An average over nothing is no number; the whole stands in for it where it is shown.
		p.Ratio = float64(value) / float64(m.Target)
		return
	}
	p.Ratio, p.Current = ratio, value
	if value < math.MaxInt64 {
		p.Current = n.roundUpLong(float64(value) / float64(replicas))
	}
}

// sharing is the number of replicas that share a value. During a rollout more of them can be there than were asked for,
// but they are not there to stay.
func (t *turn) sharing() int32 {
	if t.spec.corrects(RolloutSurge) {
		return t.d.Current
	}
	return t.seen.StatusReplicas
}

// proposeByRatio is for a value that grows and shrinks with the load on each pod: the ready pods are multiplied by how
// far it is from its target.
func (t *turn) proposeByRatio(m *Metric, r *Reading, p *Proposal) {
	p.Ratio = float64(r.Value) / float64(m.Target)
	switch {
	case t.d.Current == 0:
		p.Replicas = t.numbers().roundUp(p.Ratio)
	case t.spec.within(p.Ratio):
		p.Replicas, p.Kept = t.d.Current, KeptWithinTolerance
	case len(t.seen.Pods) == 0:
		*p = t.unknown(m, r, "no pod matches the target's selector, so the ready ones cannot be multiplied")
	default:
		t.multiplyReady(r, p)
	}
}

func (t *turn) multiplyReady(r *Reading, p *Proposal) {
	for i := range t.seen.Pods {
		switch pod := &t.seen.Pods[i]; {
		case pod.Deleting && t.spec.corrects(RolloutSurge):
			p.Ignored++
		case pod.Phase == Running && pod.Readiness == Ready:
			p.Ready++
		default:
			p.Unready++
		}
	}
	if p.Ready == 0 && t.spec.corrects(NoReadyPods) {
		// The product would be zero however great the load is.
		p.Replicas, p.Kept = t.d.Current, KeptNoReadyPods
		return
	}
	if careful, filled := t.fillIn(r, p.Ratio); filled {
		t.settleWhole(p, careful, int32(p.Ready))
		return
	}
	p.Replicas = t.numbers().roundUpCapped(p.Ratio * float64(p.Ready))
	if t.against(p.Ratio, p.Replicas) && t.spec.corrects(SameDirection) {
		p.Product, p.Replicas, p.Kept = p.Replicas, t.d.Current, KeptDirection
	}
}

// fillIn is the ratio with those ready pods taken to be at their target that were not ready for all of the value's
// window: when pods take over from others, a rate knows neither those that are gone nor these in full. It only damps a way
// down; filled is false where there is nothing to fill in.
func (t *turn) fillIn(r *Reading, ratio float64) (careful float64, filled bool) {
	if !(ratio < 1) || r.Window <= 0 || !t.spec.corrects(PartialWindows) {
		return ratio, false
	}
	ready, partial := 0, 0
	sample := Sample{Time: r.Time, Window: r.Window}
	for i := range t.seen.Pods {
		pod := &t.seen.Pods[i]
		if pod.Deleting || pod.Phase != Running || pod.Readiness != Ready {
			continue
		}
		if ready++; t.partial(pod, &sample) {
			partial++
		}
	}
	if partial == 0 {
		return ratio, false
	}
	return (ratio*float64(ready-partial) + float64(partial)) / float64(ready), true
}

// settleWhole is for a ratio that was filled in, and so is at most 1.
func (t *turn) settleWhole(p *Proposal, ratio float64, pods int32) {
	p.Adjusted, p.AdjustedPods = ratio, int(pods)
	p.Replicas, p.Kept = t.d.Current, KeptUncertain
	if !t.spec.within(ratio) {
		if wish := t.numbers().roundUp(ratio * float64(pods)); wish < t.d.Current {
			p.Replicas, p.Kept = wish, 0
		}
	}
}
