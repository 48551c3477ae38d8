package controller

import "time"

// decide asks the engine about each object that could be observed.
func (c *Controller) decide(batch []*object, now time.Time) {
	for _, o := range batch {
		if o.refused != nil || o.paused() || o.rival != "" || o.scale.Err != nil {
			continue
		}
		c.last.decide(o, now)
		o.outcome.decided = true
	}
}
