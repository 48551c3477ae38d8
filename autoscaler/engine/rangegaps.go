package engine

import "flyball.dev/flyball/autoscaler/damping"

// A value over a range that spans a gap in its series is partial: rate() divides what it counted by the whole range, so it
// reads low until the gap has left the range. A partial value may scale out, because the load is at least that. It never
// scales in, damping takes no load from it, and it takes no replica from a batch.

// partialShare of a metric's counted pods, in percent, may have partial samples without making the proposal partial. They
// are then taken to be at their target while the others point down, as pods that were not ready for the whole range are.
const partialShare = 5

// isPartial says whether the sample's range spans a gap.
func (t *turn) isPartial(sample *Sample) bool {
	return sample.Partial != "" && t.spec.corrects(RangeGaps)
}

// partialReason is why a value is partial; empty where it is not.
func (t *turn) partialReason(r *Reading) string {
	if !t.spec.corrects(RangeGaps) {
		return ""
	}
	return r.Partial
}

// partialReason is why the proposal of these pods is partial; empty where so few of them are that the others decide.
func (sum *tally) partialReason() string {
	if sum.gapped*100 <= (sum.ready+sum.stray)*partialShare {
		return ""
	}
	return sum.gapReason
}

// holdPartial keeps the replicas where a partial proposal is for fewer, or would be for fewer if its partial pods were not
// taken to be at their target.
func (t *turn) holdPartial(p Proposal) Proposal {
	if !p.Known || p.Partial == "" || p.Replicas > t.d.Current {
		return p
	}
	if p.Replicas < t.d.Current || p.Gapped > 0 && p.Ratio < 1-t.spec.Down.Tolerance {
		p.Replicas, p.Kept = t.d.Current, KeptPartial
	}
	return p
}

// pausesDamping says whether damping must not see this tick: what it would learn of the load is partial, and no metric
// asks for more replicas than there are. The proposal of such a metric is the current count.
func (t *turn) pausesDamping(wish int32) bool {
	if wish > t.d.Current {
		return false
	}
	for i := range t.d.Proposals {
		if t.d.Proposals[i].Partial != "" || t.hasNoWholeSample(i) {
			return true
		}
	}
	return false
}

// hasNoWholeSample reports whether the pods of metric i seem to have less load than their target, but none of them was ready for
// the whole window of its sample, as after a rollout.
func (t *turn) hasNoWholeSample(i int) bool {
	m, p := &t.spec.Metrics[i], &t.d.Proposals[i]
	if !p.Known || !m.byPod() || !(p.Ratio < 1) || p.Adjusted == 0 || p.Replicas < t.d.Current {
		return false // without pods in doubt nothing was adjusted, and only damping may hold a proposal of fewer
	}
	r, partial := &t.seen.Readings[i], false
	for j := range t.seen.Pods {
		pod, sample := &t.seen.Pods[j], &r.Pods[j]
		if t.groupOf(pod, sample, m) != counted {
			continue
		}
		if !t.partial(pod, sample) && !t.isPartial(sample) {
			return false
		}
		partial = true
	}
	return partial
}

// nextDamping gives damping the load. Of a partial load that asks for more replicas than there are it keeps the requirement only:
// the load is at least that, but the filters must not learn it. The highest requirement stays in force for the hold.
func (t *turn) nextDamping(seen *damping.Seen) {
	if !t.hasPartial() {
		t.d.Damping, t.state.Damping = damping.Next(t.spec.Damping, t.state.Damping, seen, t.now)
		return
	}
	var next damping.State
	t.d.Damping, next = damping.Next(t.spec.Damping, t.state.Damping.Clone(), seen, t.now)
	t.state.Damping.Needs = next.Needs
}

// partialFloor is the current count where a value is partial. Damping requires less than the proposal by its headroom, and the
// load can be higher than what is known of it.
func (t *turn) partialFloor() int32 {
	if t.hasPartial() {
		return t.d.Current
	}
	return 0
}

// hasPartial reports whether the proposal of any metric is partial.
func (t *turn) hasPartial() bool {
	for i := range t.d.Proposals {
		if t.d.Proposals[i].Partial != "" {
			return true
		}
	}
	return false
}

// partialWork is why arrivals or throughput of a batch are partial; empty where they are not.
func (t *turn) partialWork(i int) string {
	if i >= len(t.seen.Batches) {
		return ""
	}
	b, r := &t.spec.Batches[i], &t.seen.Batches[i]
	if b.Arrivals.Exists() && t.partialReason(&r.Arrivals) != "" {
		return r.Arrivals.Partial
	}
	if b.Throughput.Exists() {
		return t.partialReason(&r.Throughput)
	}
	return ""
}

// holdPartialBatch keeps the replicas where a plan that was made without a partial value asks for fewer.
func (t *turn) holdPartialBatch(plan *BatchPlan) {
	if reason := t.partialWork(plan.Batch); reason != "" && plan.Replicas < t.d.Current {
		plan.Replicas, plan.Partial = t.d.Current, reason
	}
}
