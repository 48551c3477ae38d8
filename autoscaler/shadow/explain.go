package shadow

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Causes that are no corrections of the engine, which are causes by their names.
const (
	// CauseDamping, CauseWindow, CauseFallback and CauseBehavior: without it the decision would be nearer to the other count.
	CauseDamping  = "Damping"
	CauseWindow   = "Window"
	CauseFallback = "Fallback"
	CauseBehavior = "Behavior"
	// CauseCapacity: spec.capacity lets more pods wait than the probe.
	CauseCapacity = "Capacity"
	// CauseUnknownMetric: a metric has no value here, so the replicas are held or raised only.
	CauseUnknownMetric = "UnknownMetric"
	// CauseStabilization, CauseRatePolicy and CauseBounds: it was the last step that took the count farther from the other one.
	CauseStabilization = "Stabilization"
	CauseRatePolicy    = "RatePolicy"
	CauseBounds        = "Bounds"
	// CauseBatch: the plan of a batch window is the highest proposal.
	CauseBatch = "Batch"
	// CauseRecommendation: the metrics propose the decided count, so the other controller has other metrics, targets or samples, or
	// is still within its own stabilization window.
	CauseRecommendation = "Recommendation"
)

// Explainer explains differences. It reuses its memory.
type Explainer struct {
	spec     engine.Spec
	state    engine.State
	decision engine.Decision
}

// Explain returns the part that explains why a decision, of the spec, the state before it and the observation, differs from another
// count: the one without which the decision is nearest to that count. Where no part brings it nearer, it is the last step that
// took the count farther from the other one.
func (x *Explainer) Explain(spec *engine.Spec, before *engine.State, observation *engine.Observation, d *engine.Decision, others int32) string {
	if d.Failed {
		return CauseUnknownMetric
	}
	best, name := distance(d.Desired, others), ""
	try := func(part string, without func(*engine.Spec)) {
		x.spec = *spec
		without(&x.spec)
		if got := distance(x.decide(before, observation, d.Time), others); got < best {
			best, name = got, part
		}
	}
	for i, correction := range engine.CorrectionNames() {
		if bit := engine.Correction(1) << i; spec.Without&bit == 0 {
			try(correction, func(s *engine.Spec) { s.Without |= bit })
		}
	}
	if spec.Damping != nil {
		try(CauseDamping, func(s *engine.Spec) { s.Damping = nil })
	}
	if len(spec.Windows) > 0 && len(spec.Batches) == 0 { // batches refer to windows
		try(CauseWindow, func(s *engine.Spec) { s.Windows = nil })
	}
	if spec.Fallback != nil {
		try(CauseFallback, func(s *engine.Spec) { s.Fallback = nil })
	}
	if spec.MaxPendingPods > 0 {
		try(CauseCapacity, func(s *engine.Spec) { s.MaxPendingPods = 0 })
	}
	if spec.HasBehavior {
		try(CauseBehavior, withoutBehavior)
	}
	if name != "" {
		return name
	}
	return lastStep(d, others)
}

// decide returns the count of the changed spec.
func (x *Explainer) decide(before *engine.State, observation *engine.Observation, now time.Time) int32 {
	x.state.Copy(before)
	x.state = engine.DecideInto(&x.decision, &x.spec, x.state, observation, now)
	return x.decision.Desired
}

// withoutBehavior keeps the tolerances and the stabilization of scale-down, which are defaults of the autoscaler, too.
func withoutBehavior(s *engine.Spec) {
	s.HasBehavior = false
	s.Up.Policies, s.Down.Policies, s.Up.Select, s.Down.Select = nil, nil, engine.SelectMax, engine.SelectMax
}

func distance(a, b int32) int32 { return max(a-b, b-a) }

// lastStep names the last step that took the count farther from another one. A limit that brought it nearer explains no difference.
func lastStep(d *engine.Decision, others int32) string {
	for i := len(d.Steps) - 1; i >= 0; i-- {
		s := &d.Steps[i]
		if distance(s.To, others) <= distance(s.From, others) {
			continue
		}
		switch s.Kind {
		case engine.StepBounds:
			return CauseBounds
		case engine.StepWindow:
			return CauseWindow
		case engine.StepCapacity:
			return "BlockedPods"
		case engine.StepRatePolicy:
			return CauseRatePolicy
		case engine.StepFirstStart:
			return "FirstStart"
		case engine.StepLost:
			return "LostPods"
		case engine.StepStabilization:
			return CauseStabilization
		case engine.StepHold:
			return CauseUnknownMetric
		case engine.StepDamping:
			return CauseDamping
		case engine.StepBatch:
			return CauseBatch
		case engine.StepFallback:
			return CauseFallback
		}
	}
	if d.HighestBatch >= 0 {
		return CauseBatch
	}
	return CauseRecommendation
}

// Required returns the highest proposal of a decision, before damping, stabilization and limits; known is false without one, or while a
// metric has no value.
func Required(d *engine.Decision) (replicas int32, known bool) {
	for i := range d.Proposals {
		if !d.Proposals[i].Known {
			return 0, false
		}
		replicas, known = max(replicas, d.Proposals[i].Replicas), true
	}
	for i := range d.Batches {
		replicas, known = max(replicas, d.Batches[i].Needed), true
	}
	return replicas, known
}
