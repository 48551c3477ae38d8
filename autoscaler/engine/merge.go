package engine

// merge asks every metric and takes the largest proposal. found is false where there is nothing to follow: no metric has
// a value, or some have none and the rest would scale in, which an unknown metric might have forbidden.
func (t *turn) merge() (wish int32, found bool) {
	unknown, firstUnknown := 0, -1
	t.d.Proposals = make([]Proposal, len(t.spec.Metrics))
	for i := range t.spec.Metrics {
		p := &t.d.Proposals[i]
		*p = t.propose(i)
		t.recordProposal(i, p)
		if !p.Known {
			if unknown++; firstUnknown < 0 {
				firstUnknown = i
			}
			continue
		}
		if wish == 0 || p.Replicas > wish {
			wish, t.d.Winner = p.Replicas, i
		}
	}
	if unknown == len(t.spec.Metrics) || (unknown > 0 && wish < t.d.Current) {
		t.d.Winner = -1
		t.blame(firstUnknown)
		return 0, false
	}
	t.d.ScalingActive = Verdict{Status: True, Reason: ReasonValidMetricFound}
	if len(t.spec.Metrics) > 1 {
		t.step(Step{Kind: StepMerge, From: t.d.Current, To: wish, Index: t.d.Winner})
	}
	return wish, true
}

// recordProposal makes the proposal a step.
func (t *turn) recordProposal(i int, p *Proposal) {
	if !p.Known {
		t.step(Step{Kind: StepUnknown, From: t.d.Current, To: t.d.Current, Index: i, Code: p.Code, Detail: p.Problem})
		return
	}
	t.step(Step{Kind: StepMetric, From: t.d.Current, To: p.Replicas, Index: i})
}

// blame says which metric it was that kept the others from being followed.
func (t *turn) blame(i int) {
	t.d.ScalingActive = Verdict{Status: False, Reason: ReasonInvalidMetricSourceType, Message: "the spec has no metric"}
	if i >= 0 {
		p := &t.d.Proposals[i]
		t.d.ScalingActive = Verdict{Status: False, Reason: p.Code, Message: p.Problem}
	}
}
