package controller

import "time"

// decide asks the engine about each object that could be observed.
func (c *Controller) decide(batch []*object, now time.Time) {
	for _, o := range batch {
		if o.acts() && o.scale.Err == nil && !o.outcome.settled {
			c.decideOne(o, now)
		}
	}
}

func (c *Controller) decideOne(o *object, now time.Time) {
	c.last.decide(o, now)
	o.outcome.decided = true
	o.nextEdge = o.decision.NextEdge
}
