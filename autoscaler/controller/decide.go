package controller

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// decide calls the engine for each object of the batch whose scale was read.
func (c *Controller) decide(batch []*object, now time.Time) {
	for _, o := range batch {
		if o.acts() && o.scale.Err == nil && !o.outcome.settled {
			c.decideOne(o, now)
			c.wakes.record(o, o.requests)
		} else {
			c.wakes.drop(o.key)
		}
	}
}

func (c *Controller) decideOne(o *object, now time.Time) {
	if o.shadow() {
		c.adoptChange(o, now)
	}
	c.findOtherWriter(o, now)
	c.previous.Copy(&o.state) // DecideInto overwrites its memory
	// The last decision is in use by others, the one before no more.
	o.decision, o.lastDecision = o.lastDecision, o.decision
	o.state = engine.DecideInto(&o.decision, &o.policy.Spec, o.state, &o.observation, now)
	o.outcome.decided = true
	o.nextEdge = o.decision.NextEdge
	c.compare(o)
	c.last.record(o, &c.previous)
	c.observeLateness(o)
}
