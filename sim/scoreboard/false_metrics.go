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

// Faults multiply the metrics by ten, for a minute each.
const (
	faultEvery = 4 * time.Hour
	faults     = 5
)

// faultGrid is a steady load with faulty metrics. It shows the effect of the surge limit, which the recorded loads do not.
func faultGrid(starts []time.Duration) *Grid {
	unlimited := Engine("recommended without surge limit", func(g peers.Goal) *engine.Spec {
		by := damping.Balanced()
		by.SurgeLimit = 0
		return peers.Damped(g, by)
	})
	grid := Standard([]Load{steady()}, append(policies(), unlimited))
	grid.Starts = starts
	for i := range faults {
		grid.Plant.Metrics.Faults = append(grid.Plant.Metrics.Faults, plant.Fault{At: time.Duration(i+1) * faultEvery, For: time.Minute, Factor: 10})
	}
	return grid
}

const faultText = `The same load. Five times in the day all metrics are ten times too high for a minute. Start-up times of 30 seconds, three seeds, both metrics.
Churn is the sum of all changes, in replicas.

| policy | pod-hours / optimum | churn per fault | changes per fault |
|---|---|---|---|
`

// faultTable writes the table of faulty metrics.
func (b *board) faultTable(p *strings.Builder) {
	runs := map[string]float64{}
	for i := range b.fault {
		runs[b.fault[i].Policy]++
	}
	for _, c := range Compare(b.fault, baseline) {
		each := runs[c.Policy] * faults
		fmt.Fprintf(p, "| `%s` | %.2f | %.0f | %.1f |\n", c.Policy, c.PodHours/c.OptimalPodHours, float64(c.Churn)/each, float64(c.Changes)/each)
	}
}
