package controller

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

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
			c.report(o, now)
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

// report records the events of a tick and hands over its status to be written, if either is needed.
func (c *Controller) report(o *object, now time.Time) {
	c.deps.Telemetry.decided(o)
	if o.outcome.decided {
		o.batches = batchStatuses(o.batches, &o.policy.Spec, &o.decision)
	}
	c.deps.Telemetry.batches.set(o.key, o.batches)
	values := o.valuesDue(now, c.config.StatusPeriod) && o.valuesMoved()
	if !o.noteFacts(now) && !values {
		return
	}
	before, after := o.status, o.nextStatus(now)
	c.announce(o, before, after)
	if !values && !changed(before, after) {
		return
	}
	c.statuses.put(o.key, o.uid, after)
	o.status, o.statusTime = after, now
	if values {
		o.valuesTime = now
	}
}

// noteFacts reports whether the status or an event may have changed since the last tick.
func (o *object) noteFacts(now time.Time) bool {
	facts := o.appendFacts(o.factsMemory[:0], now)
	if bytes.Equal(facts, o.facts) && o.factsOf == o.policy && !o.outcome.rescaled && o.outcome.writeErr == nil {
		o.factsMemory = facts
		return false
	}
	o.facts, o.factsMemory, o.factsOf = facts, o.facts, o.policy
	return true
}
