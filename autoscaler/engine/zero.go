package engine

// mayLeaveZero says whether a target with no replicas is the autoscaler's to wake. A target that somebody else took to
// zero is left there: that is how people have always paused an autoscaler.
func (e *evaluation) mayLeaveZero() bool {
	if len(e.spec.Batches) > 0 && e.spec.MinReplicas == 0 {
		return true // between two occurrences it is where a batch is at home
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

// inactive says whether metric i is known to be at or below its activation value. With replicas, the lower bound must be 0,
// and a value that does not support a scale-in of its own is not inactive: one that was measured over a part of the pods or
// of the time, and one that could be low because no pod is ready.
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
		_, partial := e.adjustedRatio(&e.observation.Readings[i], 0)
		return e.d.Min == 0 && !partial && p.Partial == ""
	default:
		return false
	}
}

func (e *evaluation) disable() {
	e.state.Outages = e.state.Outages[:0] // nobody asks for a metric here
	e.d.ScalingActive = Verdict{Status: False, Reason: ReasonScalingDisabled}
	e.step(Step{Kind: StepHold, From: 0, To: 0, Index: -1, Code: ReasonScalingDisabled})
}

// measuresWithoutPods says whether a metric can be read while there is no pod, so that it can wake the target.
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

// prepareRecord leaves in the decision what Applied will have to know of the spec.
func (e *evaluation) prepareRecord() {
	d := e.d
	if d.Desired == d.Current {
		return
	}
	// Inside a window the bounds may lead to zero without such a metric: then the window's end leads back.
	wakes := e.spec.measuresWithoutPods() || len(d.OpenWindows) > 0
	d.TakesToZero = d.Desired == 0 && d.Min == 0 && wakes
	if e.spec.HasBehavior {
		d.RatePeriod = e.spec.Down.longestPeriod()
		if d.Desired > d.Current {
			d.RatePeriod = e.spec.Up.longestPeriod()
		}
	}
}
