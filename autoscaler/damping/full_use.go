package damping

// requireAtFullUse sets the requirement of pods at full use to their load. It is the least that the load can be, so it gets no
// headroom; and it grows with the pods that become ready, so a forecast would extrapolate the last scale-out.
func (r *Recommendation) requireAtFullUse(o *Observation) {
	if !o.FullUse || o.Idle {
		return
	}
	r.FullUse, r.Horizon, r.SafetyStock = true, 0, 0
	r.Required = max(r.PeakReserve, o.Load, float64(o.Fallback))
}

// scaleOutAtFullUse leaves out the dead band: the pods have nothing left for the load that they do not show.
func (r *Recommendation) scaleOutAtFullUse(current int32) {
	if required := ceil(r.Required); r.FullUse && required > current {
		r.Replicas, r.HoldReason = required, 0
	}
}
