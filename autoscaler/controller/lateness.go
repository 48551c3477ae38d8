package controller

import (
	"fmt"
	"sync"
	"time"

	"k8s.io/client-go/tools/cache"
)

// maxLatePeriods is the lateness, in periods, from which on the loop is unhealthy.
const maxLatePeriods = 10

// dueTimes are the times at which autoscalers are due and not decided yet. The loop and other goroutines use them, so they have
// a lock.
type dueTimes struct {
	mu    sync.Mutex
	times map[cache.ObjectName]time.Time
	// started is when the loop started; the zero time while it does not run. An autoscaler that was due before is late since then.
	started time.Time
}

func newDueTimes() *dueTimes { return &dueTimes{times: map[cache.ObjectName]time.Time{}} }

func (d *dueTimes) start(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.started = now
}

func (d *dueTimes) stop() { d.start(time.Time{}) }

// running reports whether the loop runs.
func (d *dueTimes) running() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.started.IsZero()
}

// add makes an autoscaler due at a time, unless it is due earlier.
func (d *dueTimes) add(key cache.ObjectName, due time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if earlier, found := d.times[key]; !found || due.Before(earlier) {
		d.times[key] = due
	}
}

// remove returns how late an autoscaler is that is decided now, once. found is false if it was not due.
func (d *dueTimes) remove(key cache.ObjectName, now time.Time) (late time.Duration, found bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	due, found := d.times[key]
	delete(d.times, key)
	return max(0, d.late(due, now)), found
}

func (d *dueTimes) late(due, now time.Time) time.Duration {
	if due.Before(d.started) {
		due = d.started
	}
	return now.Sub(due)
}

// latest returns the autoscaler that has been due for the longest time; 0 while the loop does not run.
func (d *dueTimes) latest(now time.Time) (key cache.ObjectName, late time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.started.IsZero() {
		return key, 0
	}
	for k, due := range d.times {
		if l := d.late(due, now); l > late {
			key, late = k, l
		}
	}
	return key, late
}

// Healthy returns an error if an autoscaler has been due for more than ten periods: the loop hangs, or it is too slow for its
// autoscalers. A process that does not lead is healthy.
func (c *Controller) Healthy() error {
	key, late := c.dueTimes.latest(c.deps.Now())
	if limit := maxLatePeriods * c.config.Period; late > limit {
		return fmt.Errorf("HorizontalAutoscaler %s has been due for %s, more than %d periods (%s)", key, late.Round(time.Second), maxLatePeriods, limit)
	}
	return nil
}

// observeLateness records how late an object is that is decided now.
func (c *Controller) observeLateness(o *object) {
	if late, due := c.dueTimes.remove(o.key, c.deps.Now()); due {
		c.deps.Telemetry.late(late)
	}
}
