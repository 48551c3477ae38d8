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
	// item is the time that a replica takes for a unit of the backlog, at least a moment.
	item time.Duration
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
	return inSeconds(max(seconds, 1/w.rate)), true
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
