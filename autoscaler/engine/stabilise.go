package engine

// stabiliseDown is for a spec without behavior: scale-down takes the highest wish of its window.
func (t *turn) stabiliseDown(wish int32) int32 {
	cutoff := t.now.Add(-t.spec.Down.Stabilisation)
	highest, free := wish, -1
	for i, past := range t.state.Recommendations {
		if past.At.Before(cutoff) {
			free = i
		} else {
			highest = max(highest, past.Replicas)
		}
	}
	t.remember(wish, free)
	t.stabilised(wish, highest, highest, ReasonScaleDownStabilized)
	return highest
}

// stabiliseBoth is for a spec with behavior: the count moves from where it is only as far as every wish of each
// direction's window goes.
func (t *turn) stabiliseBoth(wish int32) int32 {
	upCutoff := t.now.Add(-t.spec.Up.Stabilisation)
	downCutoff := t.now.Add(-t.spec.Down.Stabilisation)
	lowest, highest, free := wish, wish, -1
	for i, past := range t.state.Recommendations {
		if past.At.After(upCutoff) {
			lowest = min(lowest, past.Replicas)
		}
		if past.At.After(downCutoff) {
			highest = max(highest, past.Replicas)
		}
		if past.At.Before(upCutoff) && past.At.Before(downCutoff) {
			free = i
		}
	}
	t.remember(wish, free)
	code, limit := ReasonScaleDownStabilized, highest
	if wish >= t.d.Current {
		code, limit = ReasonScaleUpStabilized, lowest
	}
	to := min(max(t.d.Current, lowest), highest)
	t.stabilised(wish, to, limit, code)
	return to
}

// remember puts the wish in the place of one that no window reaches any more, or at the end where free is -1.
func (t *turn) remember(wish int32, free int) {
	now := Recommendation{Replicas: wish, At: t.now}
	if free >= 0 {
		t.state.Recommendations[free] = now
		return
	}
	t.state.Recommendations = append(t.state.Recommendations, now)
}

// stabilised records the step; limit is the recommendation that it goes by.
func (t *turn) stabilised(from, to, limit int32, code string) {
	if from == to {
		t.d.AbleToScale = Verdict{Status: True, Reason: ReasonReadyForNewScale}
		return
	}
	t.d.AbleToScale = Verdict{Status: True, Reason: code}
	t.step(Step{Kind: StepStabilisation, From: from, To: to, Index: -1, Code: code, Limit: limit})
}
