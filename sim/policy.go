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

	// Watch is called with each decision and the state before it, for tests; nil for none. What it is given is good until it
	// returns.
	Watch func(before *engine.State, seen *engine.Observation, d *engine.Decision)

	last engine.Decision
}

// Metrics is part of [Policy].
func (e *Engine) Metrics() []engine.Metric { return e.Spec.Metrics }

// Decide is part of [Policy].
func (e *Engine) Decide(seen *engine.Observation, now time.Time) *engine.Decision {
	if e.Watch != nil {
		return e.watched(seen, now)
	}
	e.State = engine.DecideInto(&e.last, e.Spec, e.State, seen, now)
	return &e.last
}

func (e *Engine) watched(seen *engine.Observation, now time.Time) *engine.Decision {
	before := e.State.Clone()
	e.State = engine.DecideInto(&e.last, e.Spec, e.State, seen, now)
	e.Watch(&before, seen, &e.last)
	return &e.last
}

// Applied is part of [Policy].
func (e *Engine) Applied(now time.Time) { e.State = engine.RecordScale(e.State, &e.last, now) }
