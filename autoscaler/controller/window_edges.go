package controller

import (
	"context"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/target"
)

const (
	// edgeCheckDelay is the time after which a batch that waits for its reads checks for window edges. Most reads are faster.
	edgeCheckDelay = 200 * time.Millisecond
	// edgeReadsInFlight bounds the reads for window edges.
	edgeReadsInFlight = 64
)

// metricNotNeeded is the problem of the readings of a decision that needs no metric.
const metricNotNeeded = "not requested: the replicas are outside the bounds in force"

// whileHandlingEdges runs a read of a batch in another goroutine. While it waits, the loop handles window edges and the results of
// writes: a server that hangs must delay neither.
func (c *Controller) whileHandlingEdges(ctx context.Context, read func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		read()
	}()
	check := time.NewTimer(edgeCheckDelay)
	defer check.Stop()
	for {
		select {
		case <-done:
			return
		case <-check.C:
			check.Reset(c.findEdges(ctx, c.deps.Now()))
		case e := <-c.edges:
			c.handleEdge(e)
		case w := <-c.writes.results:
			c.written(w)
		}
	}
}

// edgeScale is the scale of an object at a window edge, read at the given revision of the object.
type edgeScale struct {
	object   *object
	revision int
	scale    target.Scale
}

// findEdges reads the scales of the objects with a window edge at or before now, and returns the time until the next edge of any
// object. Each is read by itself and beside the loop: one that hangs delays no other edge.
func (c *Controller) findEdges(ctx context.Context, now time.Time) time.Duration {
	wait := c.config.Period
	for _, o := range c.objects {
		switch {
		case o.nextEdge.IsZero():
		case o.nextEdge.After(now):
			wait = min(wait, o.nextEdge.Sub(now))
		case o.writing || !o.acts() || !c.current(o): // in the queue, or will be at once after the write
		default:
			o.nextEdge = time.Time{} // one attempt for each edge
			go c.readEdge(ctx, edgeScale{object: o, revision: o.revision}, o.ref())
		}
	}
	return wait
}

func (c *Controller) readEdge(ctx context.Context, e edgeScale, ref target.Ref) {
	c.edgeSlots <- struct{}{}
	defer func() { <-c.edgeSlots }()
	reading, cancel := context.WithTimeout(ctx, c.readTimeout())
	defer cancel()
	e.scale = c.deps.Scales.Read(reading, []target.Ref{ref})[0]
	select {
	case c.edges <- e:
	case <-ctx.Done():
	}
}

// handleEdge settles an object at a window edge, unless it has been evaluated since its scale was read, or is gone.
func (c *Controller) handleEdge(e edgeScale) {
	o := e.object
	if o.revision != e.revision || o.writing || c.objects[o.key] != o {
		return
	}
	before := o.scale
	o.scale = e.scale
	if rest := c.settle([]*object{o}, c.deps.Now().Truncate(time.Millisecond)); len(rest) > 0 {
		o.scale = before // of the observation of the batch
	}
}

// current reports whether the object has the newest spec. If not, its autoscaler is in the queue.
func (c *Controller) current(o *object) bool {
	autoscaler, err := c.autoscalers.HorizontalAutoscalers(o.key.Namespace).Get(o.key.Name)
	return err == nil && autoscaler.UID == o.uid && autoscaler.Generation == o.generation
}

// settle decides and applies the objects that need no metric, because their replicas are outside the bounds in force, and
// returns the others.
func (c *Controller) settle(objects []*object, now time.Time) (rest []*object) {
	for _, o := range objects {
		if o.scale.Err != nil || engine.NeedsMetrics(&o.policy.Spec, o.scale.Replicas, now) {
			rest = append(rest, o)
			continue
		}
		o.outcome = outcome{settled: true} // an object outside of the batch has that of an earlier tick
		o.observation = engine.Observation{
			SpecReplicas: o.scale.Replicas, StatusReplicas: o.scale.StatusReplicas,
			Readings: make([]engine.Reading, len(o.policy.Spec.Metrics)),
		}
		for i := range o.observation.Readings {
			o.observation.Readings[i].Problem = metricNotNeeded
		}
		c.wakes.drop(o.key) // the decision has no readings
		c.decideOne(o, now)
		c.applyOne(o, now)
	}
	return rest
}
