package engine

// A value over a range that spans a gap in its series is partial: rate() divides the increase that it saw by the whole range, so
// it is too low until the gap has left the range. A partial value can scale out, because the load is at least that high. It never
// scales in, damping does not include it, and it takes no replica from a batch.

// maxPartialShare is the share of a metric's counted pods, in percent, that may have partial samples without making the proposal
// partial. For a scale-down they are assumed to be at their target, as pods that were not ready for the whole range are.
const maxPartialShare = 5

// spansGap reports whether the sample's range spans a gap.
func (e *evaluation) spansGap(sample *Sample) bool {
	return sample.Partial != "" && e.spec.corrects(RangeGaps)
}

// partialReason returns why a value is partial; empty where it is not.
func (e *evaluation) partialReason(r *Reading) string {
	if !e.spec.corrects(RangeGaps) {
		return ""
	}
	return r.Partial
}

// partialReason returns why the proposal of these pods is partial; empty where the share of partial samples is small.
func (totals *podTotals) partialReason() string {
	if totals.gapped*100 <= (totals.ready+totals.stray)*maxPartialShare {
		return ""
	}
	return totals.gapReason
}

// holdPartial keeps the current count where a partial proposal is lower, or would be lower without the usage assumed of its
// partial pods.
func (e *evaluation) holdPartial(p Proposal) Proposal {
	if !p.Known || p.Partial == "" || p.Replicas > e.d.Current {
		return p
	}
	if p.Replicas < e.d.Current {
		p.Unheld, p.Replicas, p.Hold = p.Replicas, e.d.Current, HoldPartial
	} else if p.PartialPods > 0 && p.Ratio < 1-e.spec.Down.Tolerance {
		p.Hold = HoldPartial
	}
	return p
}

// completeRecommendation returns the recommendation that the stabilization windows record. Where a partial value holds the current count,
// that is the highest of the other proposals, the partial one, and the recommendation before: the hold itself, recorded, would restart
// the stabilization window with each missed scrape, and an autoscaler whose series miss one every few minutes would never scale in.
func (e *evaluation) completeRecommendation(replicas int32) int32 {
	if replicas != e.d.Current {
		return replicas
	}
	held, complete := false, int32(0)
	for i := range e.d.Proposals {
		switch p := &e.d.Proposals[i]; {
		case p.Hold == HoldPartial:
			held, complete = true, max(complete, p.Unheld)
		case p.Known || p.IsFallback:
			complete = max(complete, p.Replicas)
		}
	}
	for i := range e.d.Batches {
		if p := &e.d.Batches[i]; p.Partial != "" {
			held, complete = true, max(complete, p.Unheld)
		} else {
			complete = max(complete, p.Replicas)
		}
	}
	if !held {
		return replicas
	}
	return min(replicas, max(complete, e.lastRecommendation()))
}

// lastRecommendation returns the newest recommendation; 0 without one, as at the first sync of a spec that has only batches.
func (e *evaluation) lastRecommendation() int32 {
	last := Recommendation{}
	for _, past := range e.state.Recommendations {
		if !past.Time.Before(last.Time) {
			last = past
		}
	}
	return last.Replicas
}

// skipsDamping reports whether damping does not run at this sync: the load is partial, and no metric proposes more than the
// current count.
func (e *evaluation) skipsDamping(recommendation int32) bool {
	if recommendation > e.d.Current {
		return false
	}
	for i := range e.d.Proposals {
		if e.d.Proposals[i].Partial != "" || e.hasNoCompleteSample(i) {
			return true
		}
	}
	return false
}

// hasNoCompleteSample reports whether the pods of metric i are below their target, but none was ready for the whole window of its
// sample, as after a rollout.
func (e *evaluation) hasNoCompleteSample(i int) bool {
	m, p := &e.spec.Metrics[i], &e.d.Proposals[i]
	if !p.Known || !m.byPod() || !(p.Ratio < 1) || p.Adjusted == 0 || p.Replicas < e.d.Current {
		return false // without uncertain pods the ratio is not adjusted, and only damping may hold a lower proposal
	}
	r, found := &e.observation.Readings[i], false
	for j := range e.observation.Pods {
		pod, sample := &e.observation.Pods[j], &r.Pods[j]
		if e.podClassOf(pod, sample, m) != counted {
			continue
		}
		if !e.startsBeforeReady(pod, sample) && !e.spansGap(sample) {
			return false
		}
		found = true
	}
	return found
}

// hasPartial reports whether the proposal of a metric is partial.
func (e *evaluation) hasPartial() bool {
	for i := range e.d.Proposals {
		if e.d.Proposals[i].Partial != "" {
			return true
		}
	}
	return false
}

// partialWork returns why the arrivals or the throughput of batch i are partial; empty where they are not.
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

// holdPartialBatch keeps the current count where a plan without a partial value requires fewer replicas.
func (e *evaluation) holdPartialBatch(plan *BatchPlan) {
	if reason := e.partialWork(plan.Batch); reason != "" && plan.Replicas < e.d.Current {
		plan.Unheld, plan.Replicas, plan.Partial = plan.Replicas, e.d.Current, reason
	}
}
