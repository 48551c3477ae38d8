package engine

import "math"

// proposeByValue returns the proposal of a metric that is one value: of an object, an external system or a query.
func (e *evaluation) proposeByValue(i int, m *Metric, r *Reading) Proposal {
	if e.tooOld(m, r.Time) {
		return e.unknown(m, r, e.tooOldProblem(m, r.Time))
	}
	p := Proposal{Known: true, Current: r.Value, Time: r.Time, Via: r.Via, Partial: e.partialReason(r)}
	if m.TargetType == AverageValue {
		e.proposeByAverage(m, r, &p)
	} else {
		e.proposeByRatio(m, r, &p)
		e.correctOlderValue(r, i, &p)
		e.holdAfterSurge(&p, e.timeOf(i, r.Time), r.Window)
	}
	return p
}

// proposeByAverage sets the proposal of a value that the replicas share.
func (e *evaluation) proposeByAverage(m *Metric, r *Reading, p *Proposal) {
	n, replicas := e.numbers(), e.averageReplicas()
	value := r.Value
	if value < 0 && m.Type == External && n.wrap {
		value = math.MaxInt64 // upstream takes a negative sum for an overflow
	}
	ratio := float64(value) / (float64(m.Target) * float64(replicas))
	adjusted, ok := e.adjustedRatio(r, ratio)
	switch required := float64(value) / float64(m.Target); {
	case e.spec.withinTolerance(ratio):
		p.Replicas, p.Hold = replicas, HoldWithinTolerance
	case ok:
		e.setAdjusted(p, adjusted, replicas)
	case m.Type == Object:
		p.Replicas = n.roundUp(required)
	default:
		p.Replicas = n.roundUpCapped(required)
	}
	if replicas == 0 && !n.wrap {
		// Zero replicas have no average; the decision shows the value as a whole.
		p.Ratio = float64(value) / float64(m.Target)
		return
	}
	p.Ratio, p.Current = ratio, value
	if value < math.MaxInt64 {
		p.Current = n.roundUpLong(float64(value) / float64(replicas))
	}
}

// averageReplicas returns the number of replicas that a value is divided by. A rollout can have more pods than replicas, and
// removes them again, so they do not count.
func (e *evaluation) averageReplicas() int32 {
	if e.spec.corrects(RolloutSurge) {
		return e.d.Current
	}
	return e.observation.StatusReplicas
}

// proposeByRatio sets the proposal of a value that grows with the load on each pod: the number of ready pods times the ratio of
// the value to its target.
func (e *evaluation) proposeByRatio(m *Metric, r *Reading, p *Proposal) {
	p.Ratio = float64(r.Value) / float64(m.Target)
	switch {
	case e.d.Current == 0:
		p.Replicas = e.numbers().roundUp(p.Ratio)
	case e.spec.withinTolerance(p.Ratio):
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
	case len(e.observation.Pods) == 0:
		*p = e.unknown(m, r, "no pod matches the target's selector; a Value target requires ready pods")
	default:
		e.multiplyReady(r, p)
	}
}

// multiplyReady sets the replicas to the product of the ratio and the ready pods of the observation.
func (e *evaluation) multiplyReady(r *Reading, p *Proposal) {
	for i := range e.observation.Pods {
		switch pod := &e.observation.Pods[i]; {
		case pod.Deleting && !pod.drains() && e.spec.corrects(RolloutSurge):
			p.Ignored++
		case pod.Phase == Running && pod.Readiness == Ready && pod.Endpoint != NoEndpoint:
			p.Ready++
		default:
			p.Unready++
		}
	}
	if p.Ready == 0 && e.spec.corrects(NoReadyPods) {
		// The product would be 0 however great the load is.
		p.Replicas, p.Hold = e.d.Current, HoldNoReadyPods
		return
	}
	if adjusted, ok := e.adjustedRatio(r, p.Ratio); ok {
		e.setAdjusted(p, adjusted, int32(p.Ready))
		return
	}
	if e.toleratesLoad(p.Ratio*float64(p.Ready), p.Ready) {
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
		return
	}
	p.Replicas = e.numbers().roundUpCapped(p.Ratio * float64(p.Ready))
	e.holdDirection(p)
}

// adjustedRatio returns the ratio with those ready pods at their target that were not ready for the whole window of the value. A
// rate covers neither the pods that have been replaced nor their replacements in full. It only reduces a scale-down; ok is false
// where no pod needs the adjustment.
func (e *evaluation) adjustedRatio(r *Reading, ratio float64) (adjusted float64, ok bool) {
	if !(ratio < 1) || r.Window <= 0 || !e.spec.corrects(PartialWindows) {
		return ratio, false
	}
	ready, incomplete := 0, 0
	sample := Sample{Time: r.Time, Window: r.Window}
	for i := range e.observation.Pods {
		pod := &e.observation.Pods[i]
		if !pod.carriesLoad() {
			continue
		}
		if ready++; e.startsBeforeReady(pod, &sample) {
			incomplete++
		}
	}
	if incomplete == 0 {
		return ratio, false
	}
	return (ratio*float64(ready-incomplete) + float64(incomplete)) / float64(ready), true
}

// setAdjusted sets the replicas by an adjusted ratio, which is at most 1.
func (e *evaluation) setAdjusted(p *Proposal, ratio float64, pods int32) {
	p.Adjusted, p.AdjustedPods = ratio, int(pods)
	p.Replicas, p.Hold = e.d.Current, HoldUncertain
	if !e.spec.withinTolerance(ratio) && !e.toleratesLoad(ratio*float64(pods), int(pods)) {
		if replicas := e.numbers().roundUp(ratio * float64(pods)); replicas < e.d.Current {
			p.Replicas, p.Hold = replicas, 0
		}
	}
}
