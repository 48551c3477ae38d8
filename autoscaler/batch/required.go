package batch

import (
	"math"
	"time"
)

// least is the shortest time over which work is spread: less would ask for more replicas than there are items.
const least = time.Minute

// work is what has to be done, and by whom.
type work struct {
	backlog, arrivals, rate float64
	ready                   int32
	startUp                 time.Duration
	// item is the time that a replica takes for an item, at least a moment, and size how much of the backlog one is.
	item time.Duration
	size float64
	// ahead is for how long what comes is counted on.
	ahead time.Duration
}

// need is how many replicas are done within a time, where there is more to do than there seems by the margin. Those that
// are ready work all of it, and others only once they have started.
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

// takes is how long so many replicas need for what there is; false where it would take for ever.
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
	// The last item takes its time, however many replicas there are.
	return inSeconds(max(seconds, w.size/w.rate)), true
}

// items is the number of items that are left and that are expected by the deadline, rounded up. More replicas would have
// nothing to work on, so neither the margin nor the error of the throughput adds any.
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

// roundUp makes a count. What is within a thousandth of a whole number was meant to be it.
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
