package damping

const (
	// catchUp is the requirement, as a factor of the load, while work waits.
	catchUp = 1.1
	// catchUpEnd is the used share of the cost bound from which no more is required than otherwise.
	catchUpEnd = 1.25
)

// requireCatchUp raises the requirement while work waits, which adds to the load. A replica saves more lateness then than at any
// other time, so the cost bound limits this rule last. A load of pods' own samples includes the work: [Observation.FullUse] is for these.
func (s *State) requireCatchUp(spec *Spec, r *Recommendation) {
	if spec.ServiceBound == 0 || s.Backlog == 0 || r.CostBoundUsed >= catchUpEnd {
		return
	}
	required := catchUp * r.LimitedLoad
	if spec.SurgeLimit > 0 {
		required = min(required, spec.required(r.SurgeLimit))
	}
	if required > r.Required {
		r.Required, r.CatchUp = required, true
	}
}
