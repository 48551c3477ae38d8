package controller

import (
	"context"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/autoscaler/target"
)

// unhurried is how long a batch waits for its metrics before the loop looks whether an edge falls into the wait. Healthy
// answers come sooner.
const unhurried = 200 * time.Millisecond

// unasked is why there is no reading where none was needed.
const unasked = "not asked for: the replicas are outside the bounds in force, whatever it is"

// readHandlingEdges reads the metrics of a batch, and lets no window's edge wait for them: a server that hangs must not keep a
// floor from opening. The loop's memory stays with its one goroutine; only the reading is another's.
func (c *Controller) readHandlingEdges(ctx, reading context.Context, requests []source.Request, now time.Time) []engine.Reading {
	answered := make(chan []engine.Reading, 1)
	go func() { answered <- c.deps.Source.Read(reading, requests, now) }()
	look := time.NewTimer(unhurried)
	defer look.Stop()
	for {
		select {
		case readings := <-answered:
			return readings
		case <-look.C:
			look.Reset(c.handleEdges(ctx, c.deps.Now().Truncate(time.Millisecond)))
		}
	}
}

// handleEdges settles the objects at whose windows' edge it is now, and says how long it is to the next edge of any.
func (c *Controller) handleEdges(ctx context.Context, now time.Time) time.Duration {
	wait := c.config.Period
	var due []*object
	var refs []target.Ref
	for _, o := range c.objects {
		switch {
		case o.nextEdge.IsZero() || !o.acts() || !c.current(o):
		case o.nextEdge.After(now):
			wait = min(wait, o.nextEdge.Sub(now))
		default:
			o.nextEdge = time.Time{} // looked at, whatever comes of it
			due, refs = append(due, o), append(refs, o.ref())
		}
	}
	if len(due) == 0 {
		return wait
	}
	for i, scale := range c.deps.Scales.Read(ctx, refs) {
		due[i].scale = scale
	}
	c.settle(ctx, due, now)
	c.saveState(due)
	for _, o := range due {
		if edge := o.nextEdge; edge.After(now) {
			wait = min(wait, edge.Sub(now))
		}
	}
	return wait
}

// current says whether the object is still what the loop holds of it. Whatever else it is by now, the queue will tell.
func (c *Controller) current(o *object) bool {
	autoscaler, err := c.autoscalers.HorizontalAutoscalers(o.key.Namespace).Get(o.key.Name)
	return err == nil && autoscaler.UID == o.uid && autoscaler.Generation == o.generation
}

// settle decides and applies what needs no metric, because the replicas are outside the bounds in force, and gives the rest.
func (c *Controller) settle(ctx context.Context, objects []*object, now time.Time) (rest []*object) {
	var settled []*object
	for _, o := range objects {
		if o.scale.Err != nil || engine.NeedsMetrics(&o.policy.Spec, o.scale.Replicas, now) {
			rest = append(rest, o)
			continue
		}
		o.outcome = outcome{} // of an object outside of the batch, it is that of an earlier tick
		o.seen = engine.Observation{
			SpecReplicas: o.scale.Replicas, StatusReplicas: o.scale.StatusReplicas,
			Readings: make([]engine.Reading, len(o.policy.Spec.Metrics)),
		}
		for i := range o.seen.Readings {
			o.seen.Readings[i].Problem = unasked
		}
		c.decideOne(o, now)
		settled = append(settled, o)
	}
	c.apply(ctx, settled, now)
	for _, o := range settled {
		o.outcome.settled = true
	}
	return rest
}
