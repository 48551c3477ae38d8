package scoreboard

import (
	"fmt"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// Lies are ten times the truth, for a minute, this often.
const (
	lieEvery = 4 * time.Hour
	lies     = 5
)

// lying is a steady load of which the metrics lie now and then. What is not in the recorded loads is here: what doubt is worth.
func lying(starts []time.Duration) *Grid {
	credulous := Engine("recommended without surge limit", func(g peers.Goal) *engine.Spec {
		by := damping.Balanced()
		by.SurgeLimit = 0
		return peers.Damped(g, by)
	})
	grid := Standard([]Load{steady()}, append(policies(), credulous))
	grid.Starts = starts
	for i := range lies {
		grid.Plant.Metrics.Faults = append(grid.Plant.Metrics.Faults, plant.Fault{At: time.Duration(i+1) * lieEvery, For: time.Minute, Factor: 10})
	}
	return grid
}

const lieText = `The same load, whose metrics tell ten times the truth for a minute, five times in the day. Starts of 30 seconds, three seeds, both
metrics. Churn is in replicas, up and down again.

| policy | pod-hours, by the clairvoyant's | churn a lie | changes a lie |
|---|---|---|---|
`

// lieTable is a row for each policy.
func (b *board) lieTable(p *strings.Builder) {
	runs := map[string]float64{}
	for i := range b.lie {
		runs[b.lie[i].Policy]++
	}
	for _, c := range Compare(b.lie, baseline) {
		each := runs[c.Policy] * lies
		fmt.Fprintf(p, "| `%s` | %.2f | %.0f | %.1f |\n", c.Policy, c.PodHours/c.OptimalPodHours, float64(c.Churn)/each, float64(c.Changes)/each)
	}
}
