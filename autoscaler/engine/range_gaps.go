package engine

import "flyball.dev/flyball/autoscaler/damping"

// A value over a range that spans a gap in its series is partial: rate() divides what it counted by the whole range, so it
// reads low until the gap has left the range. A partial value may scale out, because the load is at least that. It never
// scales in, damping takes no load from it, and it takes no replica from a batch.

// partialShare of a metric's counted pods, in percent, may have partial samples without making the proposal partial. They
// are then taken to be at their target while the others point down, as pods that were not ready for the whole range are.
const partialShare = 5

// spansGap says whether the sample's range spans a gap.
func (e *evaluation) spansGap(sample *Sample) bool {
	return sample.Partial != "" && e.spec.corrects(RangeGaps)
}

// partialReason is why a value is partial; empty where it is not.
func (e *evaluation) partialReason(r *Reading) string {
	if !e.spec.corrects(RangeGaps) {
		return ""
	}
	return r.Partial
}

// partialReason is why the proposal of these pods is partial; empty where so few of them are that the others decide.
func (totals *podTotals) partialReason() string {
	if totals.gapped*100 <= (totals.ready+totals.stray)*partialShare {
		return ""
	}
	return totals.gapReason
}

// holdPartial keeps the replicas where a partial proposal is for fewer, or would be for fewer if its partial pods were not
// taken to be at their target.
func (e *evaluation) holdPartial(p Proposal) Proposal {
	if !p.Known || p.Partial == "" || p.Replicas > e.d.Current {
		return p
	}
	if p.Replicas < e.d.Current || p.PartialPods > 0 && p.Ratio < 1-e.spec.Down.Tolerance {
		p.Replicas, p.Hold = e.d.Current, HoldPartial
	}
	return p
}

// skipsDamping says whether damping must not see this tick: what it would learn of the load is partial, and no metric
// asks for more replicas than there are. The proposal of such a metric is the current count.
func (e *evaluation) skipsDamping(wish int32) bool {
	if wish > e.d.Current {
		return false
	}
	for i := range e.d.Proposals {
		if e.d.Proposals[i].Partial != "" || e.hasNoWholeSample(i) {
			return true
		}
	}
	return false
}

// hasNoWholeSample reports whether the pods of metric i seem to have less load than their target, but none of them was ready for
// the whole window of its sample, as after a rollout.
func (e *evaluation) hasNoWholeSample(i int) bool {
	m, p := &e.spec.Metrics[i], &e.d.Proposals[i]
	if !p.Known || !m.byPod() || !(p.Ratio < 1) || p.Adjusted == 0 || p.Replicas < e.d.Current {
		return false // without pods in doubt nothing was adjusted, and only damping may hold a proposal of fewer
	}
	r, partial := &e.observation.Readings[i], false
	for j := range e.observation.Pods {
		pod, sample := &e.observation.Pods[j], &r.Pods[j]
		if e.podClassOf(pod, sample, m) != counted {
			continue
		}
		if !e.startsBeforeReady(pod, sample) && !e.spansGap(sample) {
			return false
		}
		partial = true
	}
	return partial
}

// recommendDamped gives damping the load. Of a partial load that asks for more replicas than there are it keeps the requirement only:
// the load is at least that, but the filters must not learn it. The highest requirement stays in force for the hold.
func (e *evaluation) recommendDamped(seen *damping.Observation) {
	if !e.hasPartial() {
		e.d.Damping, e.state.Damping = damping.Recommend(e.spec.Damping, e.state.Damping, seen, e.now)
		return
	}
	var next damping.State
	e.d.Damping, next = damping.Recommend(e.spec.Damping, e.state.Damping.Clone(), seen, e.now)
	e.state.Damping.Requirements = next.Requirements
}

// partialFloor is the current count where a value is partial. Damping requires less than the proposal by its headroom, and the
// load can be higher than what is known of it.
func (e *evaluation) partialFloor() int32 {
	if e.hasPartial() {
		return e.d.Current
	}
	return 0
}

// hasPartial reports whether the proposal of any metric is partial.
func (e *evaluation) hasPartial() bool {
	for i := range e.d.Proposals {
		if e.d.Proposals[i].Partial != "" {
			return true
		}
	}
	return false
}

// partialWork is why arrivals or throughput of a batch are partial; empty where they are not.
func (e *evaluation) partialWork(i int) string {
	if i >= len(e.observation.Batches) {
		return ""
	}
	b, r := &e.spec.Batches[i], &e.observation.Batches[i]
	if b.Arrivals.Exists() && e.partialReason(&r.Arrivals) != "" {
		return r.Arrivals.Partial
	}
	if b.Throughput.Exists() {
		return e.partialReason(&r.Throughput)
	}
	return ""
}

// holdPartialBatch keeps the replicas where a plan that was made without a partial value asks for fewer.
func (e *evaluation) holdPartialBatch(plan *BatchPlan) {
	if reason := e.partialWork(plan.Batch); reason != "" && plan.Replicas < e.d.Current {
		plan.Replicas, plan.Partial = e.d.Current, reason
	}
}
