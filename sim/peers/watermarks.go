package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Watermarks is the algorithm of Datadog's WatermarkPodAutoscaler: between a low mark and a high one nothing changes, and a
// change ends at the mark that was crossed. https://github.com/DataDog/watermarkpodautoscaler
type Watermarks struct {
	own
	// Low and High are the marks, as shares of the goal; Tolerance is a share of each that is let pass.
	Low, High, Tolerance float64
	// UpLimit and DownLimit are the most that one change may be, in percent of the replicas, but at least one.
	UpLimit, DownLimit int32
	// UpForbidden and DownForbidden are the times after any change in which none happens in that direction.
	UpForbidden, DownForbidden time.Duration
	// UpDelay and DownDelay are how long a mark must have been crossed.
	UpDelay, DownDelay time.Duration

	changed      time.Time
	above, below time.Time // since when; zero where it is not
}

// NewWatermarks has the project's defaults, and marks 10 points of what a pod can do under the goal and over it, as its
// README has them for CPU.
func NewWatermarks(g Goal) *Watermarks {
	return &Watermarks{
		own: newOwn(g), Low: (g.Busy - margin) / g.Busy, High: (g.Busy + margin) / g.Busy, Tolerance: 0.1,
		UpLimit: 50, DownLimit: 20, UpForbidden: time.Minute, DownForbidden: 5 * time.Minute,
	}
}

// margin around a goal, as a share of what a pod can do.
const margin = 0.1

// Decide is part of the simulator's policies.
func (w *Watermarks) Decide(seen *engine.Observation, now time.Time) *engine.Decision {
	l := w.goal.look(seen)
	want := l.replicas
	if l.known {
		want = w.allowed(l.replicas, w.limited(l.replicas, w.wish(l.ready, l.ratio())), now)
	}
	return w.decide(l, want, now)
}

// Applied is part of the simulator's policies.
func (w *Watermarks) Applied(now time.Time) { w.changed = now }

// wish is what the marks make of a usage, which is a share of the goal; 0 for no change.
func (w *Watermarks) wish(ready int32, usage float64) int32 {
	switch {
	case usage > w.High*(1+w.Tolerance):
		return up(float64(ready) * usage / w.High)
	case usage < w.Low*(1-w.Tolerance):
		return max(1, down(float64(ready)*usage/w.Low))
	default:
		return 0
	}
}

// limited cuts a change to what is allowed at once.
func (w *Watermarks) limited(current, want int32) int32 {
	if want == 0 {
		return current
	}
	most := current + max(1, current*w.UpLimit/100)
	least := current - max(1, current*w.DownLimit/100)
	return max(least, min(most, want))
}

// allowed keeps the replicas for as long as a change of them is forbidden, or has not been wanted for long enough.
func (w *Watermarks) allowed(current, want int32, now time.Time) int32 {
	w.above, w.below = since(w.above, want > current, now), since(w.below, want < current, now)
	switch {
	case want > current && now.Sub(w.above) >= w.UpDelay && now.Sub(w.changed) >= w.UpForbidden:
		return want
	case want < current && now.Sub(w.below) >= w.DownDelay && now.Sub(w.changed) >= w.DownForbidden:
		return want
	default:
		return current
	}
}

// since keeps the time from which something holds.
func since(began time.Time, holds bool, now time.Time) time.Time {
	switch {
	case !holds:
		return time.Time{}
	case began.IsZero():
		return now
	default:
		return began
	}
}
