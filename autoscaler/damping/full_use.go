package damping

// requireAtFullUse sets the requirement of pods at full use to their load. It is the least that the load can be, so it gets no
// headroom; and it grows with the pods that become ready, so a forecast would extrapolate the last scale-out.
//
// An HPA multiplies again as soon as some pods on their way are ready. Where the times of their starts differ, waiting for the last of
// them is later than an HPA by minutes, so its proposal for the same pods is required, too. Where they are even, it is not.
func (r *Recommendation) requireAtFullUse(spec *Spec, o *Observation) {
	if !o.FullUse || o.Idle {
		return
	}
	r.FullUse, r.Horizon, r.SafetyStock = true, 0, 0
	r.Required = max(r.PeakReserve, o.Load, float64(o.Fallback))
	if !o.EvenStarts {
		r.Required = max(r.Required, float64(min(r.proposed(o), spec.Replicas(r.SurgeLimit))))
	}
}

// proposed returns the count to which an HPA of the target's own pods would scale out; 0 for other metrics than a utilization. The cost
// bound does not limit it: pods at full use hide the load, so the plain HPA grows no faster than they do, and a target that waits for it is
// later than an HPA.
func (r *Recommendation) proposed(o *Observation) int32 {
	if o.Proposed <= 0 {
		return 0
	}
	return o.bounded(min(o.Proposed, max(4, 2*o.Current)))
}

// scaleOutAtFullUse leaves out the dead band: the pods have nothing left for the load that they do not show.
func (r *Recommendation) scaleOutAtFullUse(current int32) {
	if required := ceil(r.Required); r.FullUse && required > current {
		r.Replicas, r.HoldReason = required, 0
	}
}
