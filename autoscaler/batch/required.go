package batch

import (
	"math"
	"time"
)

// least is the shortest time over which work is spread. A shorter one would require more replicas than items.
const least = time.Minute

// work is the remaining work and the rates at which it changes.
type work struct {
	backlog, arrivals, rate float64
	ready                   int32
	startUp                 time.Duration
	// item is the time of a replica for one item, at least a moment. size is the backlog of an item.
	item time.Duration
	size float64
	// ahead is the time for which arrivals are expected.
	ahead time.Duration
}

// need returns the replicas that finish the work plus the margin within a time. Ready replicas work from now on, others after their
// start.
func (w *work) need(within time.Duration, margin float64) int32 {
	all := max(within, w.item).Seconds()
	load := (1 + margin) * (w.backlog + w.arrivals*min(all, w.ahead.Seconds()))
	if load <= 0 {
		return 0
	}
	ready := float64(w.ready)
	if load <= ready*w.rate*all {
		return roundUp(load / (w.rate * all))
	}
	late := max(within-w.startUp, w.item).Seconds()
	return roundUp(ready + (load-ready*w.rate*all)/(w.rate*late))
}

// takes returns the time in which the replicas finish the work; false if they never do.
func (w *work) takes(replicas int32) (time.Duration, bool) {
	if w.backlog <= 0 {
		return 0, true
	}
	now := float64(min(w.ready, replicas))*w.rate - w.arrivals
	later := float64(replicas)*w.rate - w.arrivals
	start := w.startUp.Seconds()
	seconds := 0.0
	switch left := w.backlog - now*start; {
	case replicas <= w.ready && later > 0:
		seconds = w.backlog / later
	case left <= 0:
		seconds = w.backlog / now
	case later > 0:
		seconds = start + left/later
	default:
		return 0, false
	}
	// The last item takes its full time, with any number of replicas.
	return inSeconds(max(seconds, w.size/w.rate)), true
}

// items returns the number of items left and expected by the deadline, rounded up. More replicas would be idle, so neither the
// margin nor the error of the throughput adds any.
//
// Arrivals count at their measured rate. Where they are not measured, they count once they are in the backlog: a rate that is
// inferred from a backlog that shrinks slowly is as likely to be of items that take longer than the mean. An unknown backlog
// counts as it was when it was known.
func (p *planner) items() int32 {
	if p.spec.Divisible {
		return math.MaxInt32
	}
	s, from := &p.state, p.now
	if !p.known() {
		from = s.At
	}
	expected := 0.0
	if !s.Watched.IsZero() {
		until := p.seen.Deadline
		if !until.After(p.now) { // the work goes on past the deadline
			until = p.now.Add(p.work.item)
		}
		expected = s.Arrivals * until.Sub(from).Seconds()
	}
	return roundUp((s.Backlog + expected) / p.spec.itemSize())
}

// roundUp rounds up to a count, with a tolerance of 0.001.
func roundUp(x float64) int32 {
	x = math.Ceil(x - 0.001)
	switch {
	case !(x > 0):
		return 0
	case x >= math.MaxInt32:
		return math.MaxInt32
	default:
		return int32(x)
	}
}
