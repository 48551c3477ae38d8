package scoreboard_test

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/scoreboard"
)

// A policy of one's own beside upstream's, on the last of the shapes, which is noise: a longer window waits less, and costs more.
func ExampleRun() {
	shapes := scoreboard.Shapes()
	grid := scoreboard.Standard(shapes[len(shapes)-1:], []scoreboard.Policy{
		scoreboard.Engine("hpa", peers.HPA),
		scoreboard.Engine("mine", func(g peers.Goal) *engine.Spec {
			return peers.TunedHPA(g, peers.Tuning{Window: 15 * time.Minute})
		}),
	})
	grid.Metrics, grid.Starts, grid.Seeds = grid.Metrics[:1], grid.Starts[:1], grid.Seeds[:1]
	rows, err := scoreboard.Run(grid.Cases(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rows {
		fmt.Printf("%s on %s by %s: late for %.0f s, %.0f pod-hours\n", r.Policy, r.Load, r.Metric, r.SLOViolationSeconds, r.PodHours)
	}
	// Output:
	// hpa on noise by rate: late for 400 s, 1062 pod-hours
	// mine on noise by rate: late for 65 s, 1169 pod-hours
}
