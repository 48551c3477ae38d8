package sim

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// World is what a policy sees, and what it acts upon. A plant is one, and a story's tick is another.
type World interface {
	// Observe tells what is seen of the target and of the metrics. It may use the memory that seen has.
	Observe(seen *engine.Observation, metrics []engine.Metric)
	// Scale asks for so many replicas, and says whether that could be written.
	Scale(replicas int32) (written bool)
}

// tick is one turn of the loop, as the controller's: gather, decide, and apply what changes something.
func tick(p Policy, w World, seen *engine.Observation, now time.Time) *engine.Decision {
	w.Observe(seen, p.Metrics())
	d := p.Decide(seen, now)
	if d.Desired != d.Current && w.Scale(d.Desired) {
		p.Applied(now)
	}
	return d
}
