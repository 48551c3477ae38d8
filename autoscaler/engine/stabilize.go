package engine

// stabiliseDown is for a spec without behavior: scale-down takes the highest wish of its window.
func (e *evaluation) stabilizeDown(wish int32) int32 {
	cutoff := e.now.Add(-e.spec.Down.Stabilization)
	highest, free := wish, -1
	for i, past := range e.state.Recommendations {
		if past.Time.Before(cutoff) {
			free = i
		} else {
			highest = max(highest, past.Replicas)
		}
	}
	e.remember(wish, free)
	e.stabilised(wish, highest, highest, ReasonScaleDownStabilized)
	return highest
}

// stabiliseBoth is for a spec with behavior: the count moves from where it is only as far as every wish of each
// direction's window goes.
func (e *evaluation) stabilizeBoth(wish int32) int32 {
	upCutoff := e.now.Add(-e.spec.Up.Stabilization)
	downCutoff := e.now.Add(-e.spec.Down.Stabilization)
	lowest, highest, free := wish, wish, -1
	for i, past := range e.state.Recommendations {
		if past.Time.After(upCutoff) {
			lowest = min(lowest, past.Replicas)
		}
		if past.Time.After(downCutoff) {
			highest = max(highest, past.Replicas)
		}
		if past.Time.Before(upCutoff) && past.Time.Before(downCutoff) {
			free = i
		}
	}
	e.remember(wish, free)
	code, limit := ReasonScaleDownStabilized, highest
	if wish >= e.d.Current {
		code, limit = ReasonScaleUpStabilized, lowest
	}
	to := min(max(e.d.Current, lowest), highest)
	e.stabilised(wish, to, limit, code)
	return to
}

// remember puts the wish in the place of one that no window reaches any more, or at the end where free is -1.
func (e *evaluation) remember(wish int32, free int) {
	now := Recommendation{Replicas: wish, Time: e.now}
	if free >= 0 {
		e.state.Recommendations[free] = now
		return
	}
	e.state.Recommendations = append(e.state.Recommendations, now)
}

// stabilised records the step; limit is the recommendation that it goes by.
func (e *evaluation) stabilised(from, to, limit int32, code string) {
	if from == to {
		e.d.AbleToScale = Verdict{Status: True, Reason: ReasonReadyForNewScale}
		return
	}
	e.d.AbleToScale = Verdict{Status: True, Reason: code}
	e.step(Step{Kind: StepStabilization, From: from, To: to, Index: -1, Code: code, Limit: limit})
}
