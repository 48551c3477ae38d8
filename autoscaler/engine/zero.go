package engine

// mayLeaveZero says whether a target with no replicas is the autoscaler's to wake. A target that somebody else took to
// zero is left there: that is how people have always paused an autoscaler.
func (t *turn) mayLeaveZero() bool {
	if len(t.spec.Batches) > 0 && t.spec.MinReplicas == 0 {
		return true // between two occurrences it is where a batch is at home
	}
	return t.state.ScaledToZero && (t.d.Min != 0 || t.spec.measuresWithoutPods())
}

func (t *turn) disable() {
	t.state.Outages = t.state.Outages[:0] // nobody asks for a metric here
	t.d.ScalingActive = Verdict{Status: False, Reason: ReasonScalingDisabled}
	t.step(Step{Kind: StepHold, From: 0, To: 0, Index: -1, Code: ReasonScalingDisabled})
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

// foreseeApplied leaves in the decision what Applied will have to know of the spec.
func (t *turn) foreseeApplied() {
	d := t.d
	if d.Desired == d.Current {
		return
	}
	// Inside a window the bounds may lead to zero without such a metric: then the window's end leads back.
	wakes := t.spec.measuresWithoutPods() || len(d.OpenWindows) > 0
	d.TakesToZero = d.Desired == 0 && d.Min == 0 && wakes
	if t.spec.HasBehavior {
		d.RememberFor = t.spec.Down.longestPeriod()
		if d.Desired > d.Current {
			d.RememberFor = t.spec.Up.longestPeriod()
		}
	}
}
