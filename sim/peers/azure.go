package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Azure is the autoscale of Azure Monitor: one rule to scale out and one to scale in, by an average over a window, each followed
// by a cooldown. Before it scales in it projects the metric onto the pods that would be left, and where that would scale out
// again it takes fewer away, or none.
// https://learn.microsoft.com/en-us/azure/azure-monitor/autoscale/autoscale-best-practices
type Azure struct {
	own
	// In and Out are the thresholds, as shares of the goal.
	In, Out float64
	// By is how many percent of the replicas a rule changes, but at least one.
	By int32
	// Window that the metric is averaged over, each minute; Cooldown after a change.
	Window, Cooldown time.Duration

	seen    []loadAt // ratios, one a minute
	changed time.Time
}

// NewAzure has thresholds 10 points of what a pod can do under the goal and over it, as in the documentation's example of 60
// and 80 percent, its window of ten minutes and its cooldown of five; a rule changes a fifth of the replicas.
func NewAzure(g Goal) *Azure {
	return &Azure{
		own: newOwn(g), In: (g.Busy - margin) / g.Busy, Out: (g.Busy + margin) / g.Busy, By: 20,
		Window: 10 * time.Minute, Cooldown: 5 * time.Minute,
	}
}

// Decide is part of the simulator's policies.
func (a *Azure) Decide(seen *engine.Observation, now time.Time) *engine.Decision {
	l := a.goal.look(seen)
	if n := len(a.seen); !l.known || (n > 0 && now.Sub(a.seen[n-1].at) < time.Minute) {
		return a.decide(l, l.replicas, now)
	}
	a.seen = append(a.seen, loadAt{now, l.ratio()})
	for now.Sub(a.seen[0].at) >= a.Window {
		a.seen = append(a.seen[:0], a.seen[1:]...)
	}
	if now.Sub(a.changed) < a.Cooldown {
		return a.decide(l, l.replicas, now)
	}
	mean := 0.0
	for i := range a.seen {
		mean += a.seen[i].load / float64(len(a.seen))
	}
	return a.decide(l, a.wish(l.replicas, mean), now)
}

// Applied is part of the simulator's policies.
func (a *Azure) Applied(now time.Time) { a.changed = now }

// wish is what the rules make of a usage, which is a share of the goal.
func (a *Azure) wish(current int32, usage float64) int32 {
	by := max(1, current*a.By/100)
	switch {
	case usage >= a.Out:
		return current + by
	case usage <= a.In:
		for left := max(1, current-by); left < current; left++ {
			if usage*float64(current)/float64(left) < a.Out {
				return left
			}
		}
	}
	return current
}
