package controller

import (
	"context"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/autoscaler/target"
)

// edgeCheckDelay is the time after which a batch that waits for its metrics checks for window edges. Most reads are faster.
const edgeCheckDelay = 200 * time.Millisecond

// metricNotNeeded is the problem of the readings of a decision that needs no metric.
const metricNotNeeded = "not requested: the replicas are outside the bounds in force"

// readHandlingEdges reads the metrics of a batch, and handles window edges while it waits: a server that hangs must not delay
// a window. Only the read runs in another goroutine.
func (c *Controller) readHandlingEdges(ctx, reading context.Context, requests []source.Request, now time.Time) []engine.Reading {
	results := make(chan []engine.Reading, 1)
	go func() { results <- c.deps.Source.Read(reading, requests, now) }()
	check := time.NewTimer(edgeCheckDelay)
	defer check.Stop()
	for {
		select {
		case readings := <-results:
			return readings
		case <-check.C:
			check.Reset(c.handleEdges(ctx, c.deps.Now().Truncate(time.Millisecond)))
		}
	}
}

// handleEdges settles the objects with a window edge at or before now, and returns the time until the next edge of any object.
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
			o.nextEdge = time.Time{} // one attempt for each edge
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

// current reports whether the object has the newest spec. If not, its autoscaler is in the queue.
func (c *Controller) current(o *object) bool {
	autoscaler, err := c.autoscalers.HorizontalAutoscalers(o.key.Namespace).Get(o.key.Name)
	return err == nil && autoscaler.UID == o.uid && autoscaler.Generation == o.generation
}

// settle decides and applies the objects that need no metric, because their replicas are outside the bounds in force, and
// returns the others.
func (c *Controller) settle(ctx context.Context, objects []*object, now time.Time) (rest []*object) {
	var settled []*object
	for _, o := range objects {
		if o.scale.Err != nil || engine.NeedsMetrics(&o.policy.Spec, o.scale.Replicas, now) {
			rest = append(rest, o)
			continue
		}
		o.outcome = outcome{} // an object outside of the batch has that of an earlier tick
		o.observation = engine.Observation{
			SpecReplicas: o.scale.Replicas, StatusReplicas: o.scale.StatusReplicas,
			Readings: make([]engine.Reading, len(o.policy.Spec.Metrics)),
		}
		for i := range o.observation.Readings {
			o.observation.Readings[i].Problem = metricNotNeeded
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
