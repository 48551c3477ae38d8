package sim

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// World is the target that a policy observes and scales: a plant, or a tick of a story.
type World interface {
	// Observe writes the observation of the target and of the metrics to o. It may reuse its memory.
	Observe(o *engine.Observation, metrics []engine.Metric)
	// Scale sets the replicas, and reports whether the write succeeded.
	Scale(replicas int32) (written bool)
}

// tick is one sync, like the controller's: observe, decide, and apply a change.
func tick(p Policy, w World, o *engine.Observation, now time.Time) *engine.Decision {
	w.Observe(o, p.Metrics())
	d := p.Decide(o, now)
	if d.Desired != d.Current && w.Scale(d.Desired) {
		p.Applied(now)
	}
	return d
}
