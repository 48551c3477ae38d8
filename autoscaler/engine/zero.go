package engine

// mayLeaveZero reports whether the autoscaler may scale the target up from zero. A target that a user scaled to zero stays there,
// as with an HPA, which pauses in this way.
func (e *evaluation) mayLeaveZero() bool {
	if len(e.spec.Batches) > 0 && e.spec.MinReplicas == 0 {
		return true // a batch is at zero between two occurrences
	}
	return e.state.ScaledToZero && (e.d.Min != 0 || e.spec.measuresWithoutPods())
}

// deactivate changes the proposals of inactive metrics to 0 where no metric is active and no batch requires a replica. Where
// one is, the inactive metrics keep their own proposals: an activation value decides between 0 and more, as KEDA's
// activationThreshold does, and never lowers a count above 0.
func (e *evaluation) deactivate() {
	if e.batchFloor() > 0 {
		return
	}
	for i := range e.d.Proposals {
		if p := &e.d.Proposals[i]; p.Replicas > 0 && (p.Known || p.IsFallback) && !e.inactive(i) {
			return
		}
	}
	for i := range e.d.Proposals {
		if p := &e.d.Proposals[i]; (p.Replicas > 0 || e.d.Current == 0) && e.inactive(i) {
			p.Replicas, p.Hold = 0, HoldInactive
		}
	}
}

// inactive reports whether metric i is at or below its activation value. Above zero replicas, the lower bound must be 0, and a value
// that must not scale in is not inactive: one that covers a part of the pods or of the time only, and one without a ready pod.
func (e *evaluation) inactive(i int) bool {
	m, p := &e.spec.Metrics[i], &e.d.Proposals[i]
	if m.Type != Prometheus || !p.Known || e.observation.Readings[i].Value > m.Activation {
		return false
	}
	if e.d.Current == 0 {
		return true
	}
	switch p.Hold {
	case 0, HoldWithinTolerance, HoldDirection:
		_, adjusted := e.adjustedRatio(&e.observation.Readings[i], 0)
		return e.d.Min == 0 && !adjusted && p.Partial == ""
	default:
		return false
	}
}

// disable keeps a target at zero.
func (e *evaluation) disable() {
	e.state.Outages = e.state.Outages[:0] // no metric is read at zero
	e.d.ScalingActive = Verdict{Status: False, Reason: ReasonScalingDisabled}
	e.step(Step{Kind: StepHold, From: 0, To: 0, Index: -1, Code: ReasonScalingDisabled})
}

// measuresWithoutPods reports whether a metric or a batch has a value without pods, so that it can scale up from zero.
func (s *Spec) measuresWithoutPods() bool {
	if len(s.Batches) > 0 {
		return true
	}
	for i := range s.Metrics {
		switch s.Metrics[i].Type {
		case Object, External, Prometheus:
			return true
		}
	}
	return false
}

// prepareRecord sets the fields of the decision that [RecordScale] reads.
func (e *evaluation) prepareRecord() {
	d := e.d
	if d.Desired == d.Current {
		return
	}
	// The bounds of a window can lead to zero without such a metric; the end of the window leads back.
	returns := e.spec.measuresWithoutPods() || len(d.OpenWindows) > 0
	d.TakesToZero = d.Desired == 0 && d.Min == 0 && returns
	d.RatePeriod = e.spec.ratePeriod(d.Desired > d.Current)
}
