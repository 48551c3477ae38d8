package controller

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// writesInFlight bounds the concurrent writes of one batch.
const writesInFlight = 16

// apply writes the decisions of the batch concurrently: changed scales, then events and statuses.
func (c *Controller) apply(ctx context.Context, batch []*object, now time.Time) {
	slots := make(chan struct{}, writesInFlight)
	var wg sync.WaitGroup
	for _, o := range batch {
		if o.outcome.settled {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			c.rescale(ctx, o, now)
			c.report(ctx, o, now)
		})
	}
	wg.Wait()
}

// rescale writes the decided replicas to the target, unless they are unchanged or the mode is Shadow.
func (c *Controller) rescale(ctx context.Context, o *object, now time.Time) {
	d := &o.decision
	if !o.outcome.decided || d.Desired == d.Current || o.shadow() {
		return
	}
	o.outcome.size = o.scale.Attainable(d.Desired)
	if o.outcome.size == d.Current {
		d.AbleToScale = o.held()
		return
	}
	err := c.mark(ctx, o)
	if err == nil {
		err = c.deps.Scales.Write(ctx, o.ref(), o.scale, o.outcome.size)
	}
	if err != nil {
		o.outcome.writeErr = err
		d.AbleToScale = engine.Verdict{Status: engine.False, Reason: v1alpha1.ReasonFailedUpdateScale, Message: err.Error()}
		return
	}
	o.outcome.rescaled = true
	if o.outcome.size == d.Desired {
		o.state = engine.RecordScale(o.state, d, now)
		return
	}
	partly := *d
	partly.Desired, partly.TakesToZero = o.outcome.size, false
	o.state = engine.RecordScale(o.state, &partly, now)
	d.ScaledToZero, d.AbleToScale = partly.ScaledToZero, o.held()
}

// held returns the verdict AbleToScale if running work keeps the target above the decided replicas.
func (o *object) held() engine.Verdict {
	return engine.Verdict{Status: engine.True, Reason: engine.ReasonRunningWork, Message: fmt.Sprintf(
		"decided %d replicas; keeping %d until their pods have finished their work", o.decision.Desired, o.outcome.size)}
}

// report records the events of a tick and updates the status.
func (c *Controller) report(ctx context.Context, o *object, now time.Time) {
	c.deps.Telemetry.decided(o)
	before := o.status
	status := o.nextStatus(now)
	c.deps.Telemetry.batches.set(o.key, status.Batches)
	c.announce(o, before, status)
	if !c.worthWriting(o, before, status, now) {
		return
	}
	if err := c.writeStatus(ctx, o, status); err != nil {
		c.deps.Telemetry.statusFailed()
		klog.FromContext(ctx).Error(err, "Failed to update status; will retry on the next sync", "autoscaler", o.key)
		return
	}
	o.status, o.statusTime = status, now
}
