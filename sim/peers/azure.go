package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Azure is autoscale of Azure Monitor: a rule to scale out and a rule to scale in, on an average over a window, each with a
// cooldown. Before a scale-in it estimates the metric of the remaining pods. If they would scale out again, it removes fewer
// pods, or none.
// https://learn.microsoft.com/en-us/azure/azure-monitor/autoscale/autoscale-best-practices
type Azure struct {
	base
	// In and Out are the thresholds, as shares of the goal.
	In, Out float64
	// By is the change of a rule in percent of the replicas, but at least one replica.
	By int32
	// Window of the average, which has one value per minute; Cooldown after a change.
	Window, Cooldown time.Duration

	ratios  []loadAt // one per minute
	changed time.Time
}

// NewAzure returns thresholds 10 percentage points of a pod's rate below and above the goal, a window of ten minutes and a
// cooldown of five, as in the documentation's example of 60 and 80 percent. A rule changes 20% of the replicas.
func NewAzure(g Goal) *Azure {
	return &Azure{
		base: newBase(g), In: (g.Busy - margin) / g.Busy, Out: (g.Busy + margin) / g.Busy, By: 20,
		Window: 10 * time.Minute, Cooldown: 5 * time.Minute,
	}
}

// Decide implements [sim.Policy].
func (a *Azure) Decide(o *engine.Observation, now time.Time) *engine.Decision {
	l := a.goal.measure(o)
	if n := len(a.ratios); !l.known || (n > 0 && now.Sub(a.ratios[n-1].time) < time.Minute) {
		return a.decide(l, l.replicas, now)
	}
	a.ratios = append(a.ratios, loadAt{now, l.ratio()})
	for now.Sub(a.ratios[0].time) >= a.Window {
		a.ratios = append(a.ratios[:0], a.ratios[1:]...)
	}
	if now.Sub(a.changed) < a.Cooldown {
		return a.decide(l, l.replicas, now)
	}
	mean := 0.0
	for i := range a.ratios {
		mean += a.ratios[i].load / float64(len(a.ratios))
	}
	return a.decide(l, a.recommend(l.replicas, mean), now)
}

// Applied implements [sim.Policy].
func (a *Azure) Applied(now time.Time) { a.changed = now }

// recommend returns the replicas for a usage, which is a share of the goal.
func (a *Azure) recommend(current int32, usage float64) int32 {
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
