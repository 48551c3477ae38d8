package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/target"
)

const (
	// writesInFlight bounds the concurrent writes to targets.
	writesInFlight = 64
	// writeTimeout bounds one write, so that an API server that does not answer occupies no slot for ever.
	writeTimeout = 10 * time.Second
	// endTimeout bounds the writes in flight when the loop ends. It is shorter than the time between the end of a lost lease and
	// the next leader's start.
	endTimeout = 3 * time.Second
)

// scaleWrites are the writes to targets. They run beside the loop, so that a slow one delays only its own object: that is not decided
// again until the result has come back to the loop and is recorded in its state. All fields belong to the goroutine of the loop.
type scaleWrites struct {
	results  chan writeResult
	inFlight int
	// waiting are objects whose write has no slot yet, oldest first. Each object has at most one write.
	waiting []*object
	// ending is true once the loop has ended. ctx is of all writes; it outlives the loop for as long as endTimeout.
	ending bool
	ctx    context.Context
	cancel context.CancelFunc
}

type writeResult struct {
	object *object
	err    error
	// writer is the name of another writer, if it was asked for.
	writer string
}

func newScaleWrites() *scaleWrites {
	w := &scaleWrites{results: make(chan writeResult, writesInFlight)} // room for all: a write never waits for the loop
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// startWrite writes the decided size to the target of an object, and reads the name of another writer, now or when a slot is free.
func (c *Controller) startWrite(o *object) {
	o.writing = true
	if o.outcome.writes {
		o.expected.tried = o.outcome.size
	}
	c.writes.waiting = append(c.writes.waiting, o)
	c.fillSlots()
}

// fillSlots starts the writes that have waited for the longest time. One that has waited for more than a period is not started:
// its decision is outdated, so its object is evaluated again.
func (c *Controller) fillSlots() {
	w := c.writes
	for len(w.waiting) > 0 && w.inFlight < writesInFlight {
		o := w.waiting[0]
		w.waiting[0] = nil
		w.waiting = w.waiting[1:]
		if !c.holds(o.uid) {
			o.writing = false
			c.deleteReleased(o)
			continue
		}
		if waited := c.deps.Now().Sub(o.decision.Time); waited > c.config.Period {
			o.again = true
			c.endWrite(o, fmt.Errorf("the write waited %s for one of %d slots, longer than a period", waited.Round(time.Second), writesInFlight))
			continue
		}
		w.inFlight++
		ctx, cancel := c.writeContext(o.uid)
		permit := c.writePermit(o.uid)
		go func() {
			defer cancel()
			result := writeResult{object: o}
			if o.asksWriter() {
				result.writer = c.readWriter(ctx, o)
			}
			if o.outcome.writes {
				result.err = c.write(ctx, o, permit)
			}
			w.results <- result
		}()
	}
	c.statuses.slots.setBehind(len(w.waiting) > 0)
}

// leaseError reports that a write was not sent, because this process does not hold the lease for it any more.
type leaseError struct{ error }

// write runs beside the loop, which does not change the object before the result. It asks for the permit last, because a process may
// be stopped at any point before, as by SIGSTOP, for longer than its lease.
func (c *Controller) write(ctx context.Context, o *object, permit func() error) error {
	if err := permit(); err != nil {
		return leaseError{err}
	}
	if err := c.mark(ctx, o); err != nil {
		return err
	}
	if err := permit(); err != nil {
		return leaseError{err}
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return c.deps.Scales.Write(ctx, o.ref(), o.scale, o.outcome.size)
}

// written handles the result of a write, and starts the next one.
func (c *Controller) written(w writeResult) {
	c.writes.inFlight--
	if o := w.object; o.asksWriter() {
		o.other.name, o.other.unread = w.writer, false
	}
	c.endWrite(w.object, w.err)
	c.fillSlots()
}

func (c *Controller) endWrite(o *object, err error) {
	o.writing = false
	if (c.writes.ending || !c.holds(o.uid)) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		c.deps.States.Save(o.uid, &o.state, false) // the end of the loop or of a shard is no failure of the write
		if !c.writes.ending {
			c.deleteReleased(o)
		}
		return
	}
	if _, changed := errors.AsType[*target.ChangedError](err); changed {
		o.again = true // no failure: the decision is made again, and that one is reported
		o.expected.tried = o.expected.seen
		c.deps.States.Save(o.uid, &o.state, false)
		c.schedule(o)
		return
	}
	if _, lost := errors.AsType[leaseError](err); lost {
		c.deps.States.Save(o.uid, &o.state, false) // no failure: the next holder decides
		if c.schedule(o); !c.holds(o.uid) && !c.writes.ending {
			c.deleteReleased(o)
		}
		return
	}
	if o.outcome.writes {
		o.record(err)
	}
	c.finish(o, o.decision.Time)
	if !c.holds(o.uid) {
		c.deleteReleased(o)
	}
}

// endWrites waits for the writes in flight, and cancels those that take too long. Those without a slot are dropped: the next
// leader decides again.
func (c *Controller) endWrites() {
	c.writes.ending, c.writes.waiting = true, nil
	c.statuses.slots.setBehind(false)
	defer time.AfterFunc(endTimeout, c.writes.cancel).Stop()
	for c.writes.inFlight > 0 {
		w := <-c.writes.results
		c.written(w)
	}
	c.writes.cancel()
}
