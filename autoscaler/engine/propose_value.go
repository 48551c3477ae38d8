package engine

import (
	"fmt"
	"math"
)

// proposeByValue is for a metric that is one value: of an object, of the world outside, or of a query.
func (e *evaluation) proposeByValue(i int, m *Metric, r *Reading) Proposal {
	if e.tooOld(m, r.Time) {
		return e.unknown(m, r, fmt.Sprintf("the newest sample is %s old, and maxAge is %s", e.now.Sub(r.Time), m.MaxAge))
	}
	p := Proposal{Known: true, Current: r.Value, Time: r.Time, Via: r.Via, Partial: e.partialReason(r)}
	if m.TargetType == AverageValue {
		e.proposeByAverage(m, r, &p)
	} else {
		e.proposeByRatio(m, r, &p)
		e.correctOlderValue(r, i, &p)
	}
	return p
}

// proposeByAverage is for a value that the replicas share.
func (e *evaluation) proposeByAverage(m *Metric, r *Reading, p *Proposal) {
	n, replicas := e.numbers(), e.averageReplicas()
	value := r.Value
	if value < 0 && m.Type == External && n.wrap {
		value = math.MaxInt64 // upstream takes a negative sum for one that has wrapped around
	}
	ratio := float64(value) / (float64(m.Target) * float64(replicas))
	adjusted, filled := e.adjustedRatio(r, ratio)
	switch wish := float64(value) / float64(m.Target); {
	case e.spec.withinTolerance(ratio):
		p.Replicas, p.Hold = replicas, HoldWithinTolerance
	case filled:
		e.replicasOfFilled(p, adjusted, replicas)
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
func (e *evaluation) averageReplicas() int32 {
	if e.spec.corrects(RolloutSurge) {
		return e.d.Current
	}
	return e.observation.StatusReplicas
}

// proposeByRatio is for a value that grows and shrinks with the load on each pod: the ready pods are multiplied by how
// far it is from its target.
func (e *evaluation) proposeByRatio(m *Metric, r *Reading, p *Proposal) {
	p.Ratio = float64(r.Value) / float64(m.Target)
	switch {
	case e.d.Current == 0:
		p.Replicas = e.numbers().roundUp(p.Ratio)
	case e.spec.withinTolerance(p.Ratio):
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
	case len(e.observation.Pods) == 0:
		*p = e.unknown(m, r, "no pod matches the target's selector, so the ready ones cannot be multiplied")
	default:
		e.multiplyReady(r, p)
	}
}

func (e *evaluation) multiplyReady(r *Reading, p *Proposal) {
	for i := range e.observation.Pods {
		switch pod := &e.observation.Pods[i]; {
		case pod.Deleting && e.spec.corrects(RolloutSurge):
			p.Ignored++
		case pod.Phase == Running && pod.Readiness == Ready:
			p.Ready++
		default:
			p.Unready++
		}
	}
	if p.Ready == 0 && e.spec.corrects(NoReadyPods) {
		// The product would be zero however great the load is.
		p.Replicas, p.Hold = e.d.Current, HoldNoReadyPods
		return
	}
	if adjusted, filled := e.adjustedRatio(r, p.Ratio); filled {
		e.replicasOfFilled(p, adjusted, int32(p.Ready))
		return
	}
	p.Replicas = e.numbers().roundUpCapped(p.Ratio * float64(p.Ready))
	if e.opposes(p.Ratio, p.Replicas) && e.spec.corrects(SameDirection) {
		p.Product, p.Replicas, p.Hold = p.Replicas, e.d.Current, HoldDirection
	}
}

// adjustedRatio is the ratio with those ready pods taken to be at their target that were not ready for all of the value's
// window: when pods take over from others, a rate knows neither those that are gone nor these in full. It only damps a way
// down; filled is false where there is nothing to fill in.
func (e *evaluation) adjustedRatio(r *Reading, ratio float64) (adjusted float64, filled bool) {
	if !(ratio < 1) || r.Window <= 0 || !e.spec.corrects(PartialWindows) {
		return ratio, false
	}
	ready, partial := 0, 0
	sample := Sample{Time: r.Time, Window: r.Window}
	for i := range e.observation.Pods {
		pod := &e.observation.Pods[i]
		if pod.Deleting || pod.Phase != Running || pod.Readiness != Ready {
			continue
		}
		if ready++; e.startsBeforeReady(pod, &sample) {
			partial++
		}
	}
	if partial == 0 {
		return ratio, false
	}
	return (ratio*float64(ready-partial) + float64(partial)) / float64(ready), true
}

// settleWhole is for a ratio that was filled in, and so is at most 1.
func (e *evaluation) replicasOfFilled(p *Proposal, ratio float64, pods int32) {
	p.Adjusted, p.AdjustedPods = ratio, int(pods)
	p.Replicas, p.Hold = e.d.Current, HoldUncertain
	if !e.spec.withinTolerance(ratio) {
		if wish := e.numbers().roundUp(ratio * float64(pods)); wish < e.d.Current {
			p.Replicas, p.Hold = wish, 0
		}
	}
}
