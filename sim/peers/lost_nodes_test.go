package peers

import (
	"testing"
	"time"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// TestLostNodes loses a node with three of ten pods. Each of our policies requests three more once the node is found lost, 50 seconds later,
// and no more than that. An HPA lacks the pods until the eviction and the starts after it.
func TestLostNodes(t *testing.T) {
	const most, soon = 13, 90
	for _, metric := range Metrics() {
		hpa := lostNode(t, "hpa", metric)
		t.Logf("%s: hpa serves the load after %gs, at most %d replicas", metric, hpa.TimeToServeSeconds, hpa.PeakReplicas)
		if hpa.TimeToServeSeconds < 350 {
			t.Errorf("%s: the hpa did not wait for the eviction", metric)
		}
		for _, name := range []string{"corrected", "recommended", "responsive", "thrifty", "steady"} {
			s := lostNode(t, name, metric)
			t.Logf("%s: %s serves the load after %gs, at most %d replicas", metric, name, s.TimeToServeSeconds, s.PeakReplicas)
			if s.TimeToServeSeconds > soon || s.PeakReplicas > most {
				t.Errorf("%s: %s: want at most %ds and %d", metric, name, soon, most)
			}
		}
	}
}

// lostNode returns the scores of a policy of [policyOf] around the loss of a node.
func lostNode(t *testing.T, name string, metric Metric) sim.StartScores {
	t.Helper()
	goal := Goal{Metric: metric, Busy: 0.7, PodRate: 10, Min: 2, Max: 100}
	config := plant.Defaults()
	config.Nodes = plant.Nodes{Pods: 3, Least: 6, Most: 6, Lost: []plant.LostNodes{{At: 30 * time.Minute, Count: 1}}}
	run, err := sim.New(sim.Config{
		Policy: policyOf(name, goal), Plant: config, Load: load.Steady(68),
		Begin: time.Unix(1_700_000_000, 0), Replicas: 10, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	starts := sim.NewStartCounter(goal.Min, goal.Max)
	run.Run(90*time.Minute, func(s *sim.Step) { starts.Add(&s.Moment) })
	return starts.Scores()
}
