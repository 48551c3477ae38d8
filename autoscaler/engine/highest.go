package engine

import "slices"

// merge asks every metric and takes the largest proposal. found is false where there is nothing to follow: no metric has
// a value, or some have none and the rest would scale in, which an unknown metric might have forbidden.
func (e *evaluation) highestProposal() (wish int32, found bool) {
	e.askAll()
	unknown, firstUnknown := 0, -1
	for i := range e.d.Proposals {
		p := &e.d.Proposals[i]
		e.recordProposal(i, p)
		if !p.Known && !p.IsFallback {
			if unknown++; firstUnknown < 0 {
				firstUnknown = i
			}
			continue
		}
		if wish == 0 || p.Replicas > wish {
			wish, e.d.HighestMetric = p.Replicas, i
		}
	}
	wish = e.askBatches(e.notNegative(wish))
	sources := len(e.spec.Metrics) + len(e.d.Batches)
	if sources == 0 && len(e.spec.Batches) > 0 {
		e.d.ScalingActive = Verdict{Status: True, Reason: ReasonNoWork}
		e.step(Step{Kind: StepBatch, From: e.d.Current, To: e.d.Min, Index: -1, Code: ReasonNoWork})
		return e.d.Min, true
	}
	if unknown == sources || (unknown > 0 && wish < e.d.Current) {
		e.d.HighestMetric, e.d.HighestBatch = -1, -1
		e.noProposal(firstUnknown)
		return 0, false
	}
	e.activate()
	if sources > 1 {
		e.step(Step{Kind: StepHighest, From: e.d.Current, To: wish, Index: e.d.HighestMetric})
	}
	return wish, true
}

// activate says that there was something to follow, and what.
func (e *evaluation) activate() {
	e.d.ScalingActive = Verdict{Status: True, Reason: ReasonValidMetricFound}
	if winner := e.d.HighestBatch; winner >= 0 {
		e.d.ScalingActive = e.batchActive(&e.d.Batches[winner])
	}
	if winner := e.d.HighestMetric; winner >= 0 && e.d.Proposals[winner].IsFallback {
		e.d.ScalingActive = Verdict{Status: True, Reason: ReasonFallback, Message: e.d.Proposals[winner].Problem}
	}
}

// askAll gets every metric's proposal.
func (e *evaluation) askAll() {
	e.d.Proposals = slices.Grow(e.d.Proposals, len(e.spec.Metrics))
	e.noteSamples()
	for i := range e.spec.Metrics {
		e.d.Proposals = append(e.d.Proposals, e.propose(i))
	}
	e.noteOutages()
	e.fallBack()
	e.deactivate()
}

// notNegative is what a proposal counts as: a negative value proposes less than nothing. Without the correction the steps show
// it as upstream computes it.
func (e *evaluation) notNegative(replicas int32) int32 {
	if e.spec.corrects(SaturatedNumbers) {
		return max(0, replicas)
	}
	return replicas
}

// recordProposal makes the proposal a step.
func (e *evaluation) recordProposal(i int, p *Proposal) {
	current := e.d.Current
	if p.Known {
		e.step(Step{Kind: StepMetric, From: current, To: e.notNegative(p.Replicas), Index: i})
		return
	}
	e.step(Step{Kind: StepUnknown, From: current, To: current, Index: i, Code: p.Code, Detail: p.Problem})
	if p.IsFallback {
		e.step(Step{Kind: StepFallback, From: current, To: p.Replicas, Index: i})
	}
}

// blame says which metric it was that kept the others from being followed.
func (e *evaluation) noProposal(i int) {
	e.d.ScalingActive = Verdict{Status: False, Reason: ReasonInvalidMetricSourceType, Message: "the spec has no metric"}
	if i >= 0 {
		p := &e.d.Proposals[i]
		e.d.ScalingActive = Verdict{Status: False, Reason: p.Code, Message: p.Problem}
	}
}
