package engine

import "slices"

// merge asks every metric and takes the largest proposal. found is false where there is nothing to follow: no metric has
// a value, or some have none and the rest would scale in, which an unknown metric might have forbidden.
func (t *turn) merge() (wish int32, found bool) {
	t.askAll()
	unknown, firstUnknown := 0, -1
	for i := range t.d.Proposals {
		p := &t.d.Proposals[i]
		t.recordProposal(i, p)
		if !p.Known && !p.FellBack {
			if unknown++; firstUnknown < 0 {
				firstUnknown = i
			}
			continue
		}
		if wish == 0 || p.Replicas > wish {
			wish, t.d.Winner = p.Replicas, i
		}
	}
	wish = t.askBatches(t.notNegative(wish))
	sources := len(t.spec.Metrics) + len(t.d.Batches)
	if sources == 0 && len(t.spec.Batches) > 0 {
		t.d.ScalingActive = Verdict{Status: True, Reason: ReasonNoWork}
		t.step(Step{Kind: StepBatch, From: t.d.Current, To: t.d.Min, Index: -1, Code: ReasonNoWork})
		return t.d.Min, true
	}
	if unknown == sources || (unknown > 0 && wish < t.d.Current) {
		t.d.Winner, t.d.BatchWinner = -1, -1
		t.blame(firstUnknown)
		return 0, false
	}
	t.activate()
	if sources > 1 {
		t.step(Step{Kind: StepMerge, From: t.d.Current, To: wish, Index: t.d.Winner})
	}
	return wish, true
}

// activate says that there was something to follow, and what.
func (t *turn) activate() {
	t.d.ScalingActive = Verdict{Status: True, Reason: ReasonValidMetricFound}
	if winner := t.d.BatchWinner; winner >= 0 {
		t.d.ScalingActive = t.batchActive(&t.d.Batches[winner])
	}
	if winner := t.d.Winner; winner >= 0 && t.d.Proposals[winner].FellBack {
		t.d.ScalingActive = Verdict{Status: True, Reason: ReasonFallback, Message: t.d.Proposals[winner].Problem}
	}
}

// askAll gets every metric's proposal.
func (t *turn) askAll() {
	t.d.Proposals = slices.Grow(t.d.Proposals, len(t.spec.Metrics))
	t.noteSamples()
	for i := range t.spec.Metrics {
		t.d.Proposals = append(t.d.Proposals, t.propose(i))
	}
	t.noteOutages()
	t.fallBack()
	t.deactivate()
}

// notNegative is what a proposal counts as: a negative value proposes less than nothing. Without the correction the steps show
// it as upstream computes it.
func (t *turn) notNegative(replicas int32) int32 {
	if t.spec.corrects(SaturatedNumbers) {
		return max(0, replicas)
	}
	return replicas
}

// recordProposal makes the proposal a step.
func (t *turn) recordProposal(i int, p *Proposal) {
	current := t.d.Current
	if p.Known {
		t.step(Step{Kind: StepMetric, From: current, To: t.notNegative(p.Replicas), Index: i})
		return
	}
	t.step(Step{Kind: StepUnknown, From: current, To: current, Index: i, Code: p.Code, Detail: p.Problem})
	if p.FellBack {
		t.step(Step{Kind: StepFallback, From: current, To: p.Replicas, Index: i})
	}
}

// blame says which metric it was that kept the others from being followed.
func (t *turn) blame(i int) {
	t.d.ScalingActive = Verdict{Status: False, Reason: ReasonInvalidMetricSourceType, Message: "the spec has no metric"}
	if i >= 0 {
		p := &t.d.Proposals[i]
		t.d.ScalingActive = Verdict{Status: False, Reason: p.Code, Message: p.Problem}
	}
}
