package sim

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Policy decides the replicas of a target.
type Policy interface {
	// Metrics whose readings the policy needs, by their index in an observation.
	Metrics() []engine.Metric
	// Decide returns the decision for an observation. The decision is valid until the next call.
	Decide(o *engine.Observation, now time.Time) *engine.Decision
	// Applied says that the target has been given what was decided last.
	Applied(now time.Time)
}

// Engine is the policy of Flyball's controller.
type Engine struct {
	Spec  *engine.Spec
	State engine.State

	// Watch is called with each decision and the state before it, for tests; nil for none. Its arguments are valid during the
	// call.
	Watch func(before *engine.State, o *engine.Observation, d *engine.Decision)

	last engine.Decision
}

// Metrics implements [Policy].
func (e *Engine) Metrics() []engine.Metric { return e.Spec.Metrics }

// Decide implements [Policy].
func (e *Engine) Decide(o *engine.Observation, now time.Time) *engine.Decision {
	if e.Watch != nil {
		return e.watched(o, now)
	}
	e.State = engine.DecideInto(&e.last, e.Spec, e.State, o, now)
	return &e.last
}

func (e *Engine) watched(o *engine.Observation, now time.Time) *engine.Decision {
	before := e.State.Clone()
	e.State = engine.DecideInto(&e.last, e.Spec, e.State, o, now)
	e.Watch(&before, o, &e.last)
	return &e.last
}

// Applied is part of [Policy].
func (e *Engine) Applied(now time.Time) { e.State = engine.RecordScale(e.State, &e.last, now) }
