package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Watermarks is the algorithm of Datadog's WatermarkPodAutoscaler: the replicas do not change between a low and a high
// watermark, and a change moves the metric to the crossed watermark. https://github.com/DataDog/watermarkpodautoscaler
type Watermarks struct {
	base
	// Low and High are the watermarks, as shares of the goal; Tolerance is a share of each watermark.
	Low, High, Tolerance float64
	// UpLimit and DownLimit are the maximum change in percent of the replicas, but at least one replica.
	UpLimit, DownLimit int32
	// UpForbidden and DownForbidden are the times after a change without a change in this direction.
	UpForbidden, DownForbidden time.Duration
	// UpDelay and DownDelay are the times that a watermark must be crossed before a change.
	UpDelay, DownDelay time.Duration

	changed      time.Time
	above, below time.Time // start of the crossing; zero without one
}

// NewWatermarks returns the project's defaults, with watermarks 10 percentage points of a pod's rate below and above the goal,
// as in the project's README for CPU.
func NewWatermarks(g Goal) *Watermarks {
	return &Watermarks{
		base: newBase(g), Low: (g.Busy - margin) / g.Busy, High: (g.Busy + margin) / g.Busy, Tolerance: 0.1,
		UpLimit: 50, DownLimit: 20, UpForbidden: time.Minute, DownForbidden: 5 * time.Minute,
	}
}

// margin around a goal, as a share of a pod's rate.
const margin = 0.1

// Decide implements [sim.Policy].
func (w *Watermarks) Decide(o *engine.Observation, now time.Time) *engine.Decision {
	l := w.goal.measure(o)
	want := l.replicas
	if l.known {
		want = w.allowed(l.replicas, w.limited(l.replicas, w.recommend(l.ready, l.ratio())), now)
	}
	return w.decide(l, want, now)
}

// Applied implements [sim.Policy].
func (w *Watermarks) Applied(now time.Time) { w.changed = now }

// recommend returns the replicas for a usage, which is a share of the goal; 0 for no change.
func (w *Watermarks) recommend(ready int32, usage float64) int32 {
	switch {
	case usage > w.High*(1+w.Tolerance):
		return up(float64(ready) * usage / w.High)
	case usage < w.Low*(1-w.Tolerance):
		return max(1, down(float64(ready)*usage/w.Low))
	default:
		return 0
	}
}

// limited limits the size of a change.
func (w *Watermarks) limited(current, want int32) int32 {
	if want == 0 {
		return current
	}
	most := current + max(1, current*w.UpLimit/100)
	least := current - max(1, current*w.DownLimit/100)
	return max(least, min(most, want))
}

// allowed returns the current replicas while a change is forbidden or its delay has not passed.
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

// since returns the time since which a condition has been true; zero if it is false.
func since(start time.Time, holds bool, now time.Time) time.Time {
	switch {
	case !holds:
		return time.Time{}
	case start.IsZero():
		return now
	default:
		return start
	}
}
