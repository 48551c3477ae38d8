package sim

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Policy decides how many replicas there should be.
type Policy interface {
	// Metrics that it wants to see readings of, by the same index in an observation.
	Metrics() []engine.Metric
	// Decide gives the decision for what is seen at now. It is good until the next one is asked for.
	Decide(seen *engine.Observation, now time.Time) *engine.Decision
	// Applied says that the target has been given what was decided last.
	Applied(now time.Time)
}

// Engine is the policy of Flyball's controller.
type Engine struct {
	Spec  *engine.Spec
	State engine.State

	last engine.Decision
}

// Metrics is part of [Policy].
func (e *Engine) Metrics() []engine.Metric { return e.Spec.Metrics }

// Decide is part of [Policy].
func (e *Engine) Decide(seen *engine.Observation, now time.Time) *engine.Decision {
	e.State = engine.DecideInto(&e.last, e.Spec, e.State, seen, now)
	return &e.last
}

// Applied is part of [Policy].
func (e *Engine) Applied(now time.Time) { e.State = engine.Applied(e.State, &e.last, now) }
