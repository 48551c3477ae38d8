package controller

import (
	"bytes"
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// apply starts the write of each changed scale, and finishes the tick of all other objects.
func (c *Controller) apply(batch []*object, now time.Time) {
	for _, o := range batch {
		if !o.outcome.settled {
			c.applyOne(o, now)
		}
	}
}

func (c *Controller) applyOne(o *object, now time.Time) {
	if !c.holds(o.uid) { // since this tick began
		c.deleteReleased(o)
		return
	}
	if o.outcome.writes = o.needsWrite(); o.outcome.writes || o.asksWriter() {
		c.startWrite(o)
		return
	}
	c.finish(o, now)
}

// needsWrite reports whether the decision changes the target, and sets the size to write.
func (o *object) needsWrite() bool {
	d := &o.decision
	if !o.outcome.decided || d.Desired == d.Current || o.shadow() {
		return false
	}
	o.outcome.size = o.scale.Attainable(d.Desired)
	if o.outcome.size == d.Current {
		d.AbleToScale = o.held()
		return false
	}
	return true
}

// record records the result of the write in the state and in the decision.
func (o *object) record(err error) {
	d := &o.decision
	if err != nil {
		o.outcome.writeErr = err
		d.AbleToScale = engine.Verdict{Status: engine.False, Reason: v1alpha1.ReasonFailedUpdateScale, Message: err.Error()}
		return
	}
	o.outcome.rescaled = true
	o.expected.seen = o.outcome.size
	if o.outcome.size == d.Desired {
		o.state = engine.RecordScale(o.state, d, d.Time)
		return
	}
	partly := *d
	partly.Desired, partly.TakesToZero = o.outcome.size, false
	o.state = engine.RecordScale(o.state, &partly, d.Time)
	d.ScaledToZero, d.AbleToScale = partly.ScaledToZero, o.held()
}

// finish ends an object's tick: it reports the outcome, saves the state, and adds the object to the queue for its next tick.
func (c *Controller) finish(o *object, now time.Time) {
	c.report(o, now)
	c.last.finish(o)
	if o.outcome.decided {
		c.deps.States.Save(o.uid, &o.state, o.outcome.rescaled)
	} else {
		c.observeLateness(o)
	}
	c.schedule(o)
}

// held returns the verdict AbleToScale if running work keeps the target above the decided replicas.
func (o *object) held() engine.Verdict {
	return engine.Verdict{Status: engine.True, Reason: engine.ReasonRunningWork, Message: fmt.Sprintf(
		"decided %d replicas; keeping %d until their pods have finished their work", o.decision.Desired, o.outcome.size)}
}

// report records the events of a tick and hands over its status to be written, if either is needed.
func (c *Controller) report(o *object, now time.Time) {
	c.deps.Telemetry.decided(o)
	if had := len(o.batches) > 0; had || o.policy != nil && len(o.policy.Spec.Batches) > 0 {
		if o.outcome.decided {
			o.batches = batchStatuses(o.batches, &o.policy.Spec, &o.decision)
		}
		c.deps.Telemetry.batches.set(o.key, o.batches)
	}
	if o.outcome.decided {
		c.deps.Telemetry.pods.set(o.key, &o.decision)
		c.deps.Telemetry.shadows.set(o.key, o.comparison)
	}
	values, differs := o.valuesDue(now, c.config.StatusPeriod) && o.valuesMoved(), o.noteFacts(now)
	c.last.recordPast(o, now, differs)
	if !differs && !values {
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
