package controller

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// decide asks the engine about each object that could be observed.
func (c *Controller) decide(batch []*object, now time.Time) {
	for _, o := range batch {
		if o.refused != nil || o.paused() || o.rival != "" || o.scale.Err != nil {
			continue
		}
		o.decision, o.state = engine.Decide(&o.policy.Spec, o.state, &o.seen, now)
		o.outcome.decided = true
	}
}
