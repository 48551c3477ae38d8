package engine

// stabilize records the recommendation and returns the count that the stabilization windows allow. Without a behavior, upstream
// stabilizes scale-down only, and a recommendation at the edge of the window counts; with one it does not.
func (e *evaluation) stabilize(replicas int32) int32 {
	if e.spec.HasBehavior {
		return e.stabilizeBoth(replicas)
	}
	return e.stabilizeDown(replicas)
}

// stabilizeDown returns the highest recommendation within the scale-down window.
func (e *evaluation) stabilizeDown(replicas int32) int32 {
	cutoff := e.now.Add(-e.spec.Down.Stabilization)
	highest, free := replicas, -1
	for i, past := range e.state.Recommendations {
		if past.Time.Before(cutoff) {
			free = i
		} else {
			highest = max(highest, past.Replicas)
		}
	}
	to := e.limitRaise(replicas, highest)
	e.recordRecommendation(replicas, free)
	e.stabilized(replicas, to, highest, ReasonScaleDownStabilized)
	return to
}

// stabilizeBoth returns the current count, raised to the lowest recommendation within the scale-up window, and then lowered to
// the highest one within the scale-down window.
func (e *evaluation) stabilizeBoth(replicas int32) int32 {
	upCutoff := e.now.Add(-e.spec.Up.Stabilization)
	downCutoff := e.now.Add(-e.spec.Down.Stabilization)
	lowest, highest, free := replicas, replicas, -1
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
	e.recordRecommendation(replicas, free)
	code, limit := ReasonScaleDownStabilized, highest
	if replicas >= e.d.Current {
		code, limit = ReasonScaleUpStabilized, lowest
	}
	to := min(max(e.d.Current, lowest), highest)
	e.stabilized(replicas, to, limit, code)
	return to
}

// recordRecommendation stores the recommendation at index free, whose entry no window reaches, or appends it where free is -1.
func (e *evaluation) recordRecommendation(replicas int32, free int) {
	recommendation := Recommendation{Replicas: e.completeRecommendation(replicas), Time: e.now}
	if free >= 0 {
		e.state.Recommendations[free] = recommendation
		return
	}
	e.state.Recommendations = append(e.state.Recommendations, recommendation)
}

// stabilized appends the step from one count to another, and sets the condition AbleToScale. limit is the recommendation that
// stabilization compared the count with.
func (e *evaluation) stabilized(from, to, limit int32, code string) {
	if from == to {
		e.d.AbleToScale = Verdict{Status: True, Reason: ReasonReadyForNewScale}
		return
	}
	e.d.AbleToScale = Verdict{Status: True, Reason: code}
	e.step(Step{Kind: StepStabilization, From: from, To: to, Index: -1, Code: code, Limit: limit})
}
