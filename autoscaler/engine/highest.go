package engine

import "slices"

// recommend returns the highest proposal of the metrics and batches. found is false where it cannot return one: no metric has
// a value, or the metrics with a value would scale in while another is unknown.
func (e *evaluation) recommend() (replicas int32, found bool) {
	e.proposeAll()
	return e.highest()
}

// highest returns the highest of the proposals.
func (e *evaluation) highest() (replicas int32, found bool) {
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
		if replicas == 0 || p.Replicas > replicas {
			replicas, e.d.HighestMetric = p.Replicas, i
		}
	}
	replicas = e.raiseToBatches(e.notNegative(replicas))
	sources := len(e.spec.Metrics) + len(e.d.Batches)
	if sources == 0 && len(e.spec.Batches) > 0 {
		e.d.ScalingActive = Verdict{Status: True, Reason: ReasonNoWork}
		e.step(Step{Kind: StepBatch, From: e.d.Current, To: e.d.Min, Index: -1, Code: ReasonNoWork})
		return max(0, e.d.Min), true
	}
	if unknown == sources || (unknown > 0 && replicas < e.d.Current) {
		e.d.HighestMetric, e.d.HighestBatch = -1, -1
		e.setUnknown(firstUnknown)
		return 0, false
	}
	e.setActive()
	if sources > 1 {
		e.step(Step{Kind: StepHighest, From: e.d.Current, To: replicas, Index: e.d.HighestMetric})
	}
	return max(0, replicas), true
}

// decideWithoutProposal keeps the current count, or leaves zero for the lower bound: a target without pods could wait for a
// metric forever, and the lower bound needs none.
func (e *evaluation) decideWithoutProposal() {
	d := e.d
	if d.Current == 0 && d.Min > 0 && e.spec.corrects(LeaveZeroByBound) {
		e.correctToBounds()
		return
	}
	d.Failed = true
	e.step(Step{Kind: StepHold, From: d.Current, To: d.Current, Index: -1, Code: d.ScalingActive.Reason})
}

// setActive sets the condition ScalingActive to the source of the highest proposal.
func (e *evaluation) setActive() {
	e.d.ScalingActive = Verdict{Status: True, Reason: ReasonValidMetricFound}
	if i := e.d.HighestBatch; i >= 0 {
		e.d.ScalingActive = e.batchActive(&e.d.Batches[i])
	}
	if i := e.d.HighestMetric; i >= 0 && e.d.Proposals[i].IsFallback {
		e.d.ScalingActive = Verdict{Status: True, Reason: ReasonFallback, Message: e.d.Proposals[i].Problem}
	}
}

// proposeAll evaluates the proposals of all metrics, with their fallbacks and activation values.
func (e *evaluation) proposeAll() {
	e.d.Proposals = slices.Grow(e.d.Proposals, len(e.spec.Metrics))
	e.recordSamples()
	for i := range e.spec.Metrics {
		e.d.Proposals = append(e.d.Proposals, e.propose(i))
	}
	e.recordFullUse()
	e.recordOutages()
	e.fallBack()
	e.deactivate()
}

// notNegative returns replicas, or 0 where a negative value of a metric makes them negative. Without SaturatedNumbers the steps
// show the negative count, as upstream computes it.
func (e *evaluation) notNegative(replicas int32) int32 {
	if e.spec.corrects(SaturatedNumbers) {
		return max(0, replicas)
	}
	return replicas
}

// recordProposal appends the steps of the proposal of metric i.
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

// setUnknown sets the condition ScalingActive to the failure of metric i; -1 where the spec has no metric.
func (e *evaluation) setUnknown(i int) {
	e.d.ScalingActive = Verdict{Status: False, Reason: ReasonInvalidMetricSourceType, Message: "the spec has no metrics"}
	if i >= 0 {
		p := &e.d.Proposals[i]
		e.d.ScalingActive = Verdict{Status: False, Reason: p.Code, Message: p.Problem}
	}
}
