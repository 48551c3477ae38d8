package sim_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// TestTogether: if two targets share too few nodes, the pods of the target whose load rises first occupy them, and the later target
// stays short. With enough nodes, neither target affects the other.
func TestTogether(t *testing.T) {
	const early, late = 0, 1
	ready := func(most int) (most2 [2]int) {
		nodes := plant.Nodes{Pods: 5, Least: 2, Most: most, Delay: plant.Duration{Median: time.Minute}, Keep: time.Hour}
		pool, err := plant.NewPool(nodes)
		if err != nil {
			t.Fatal(err)
		}
		both := []*sim.Simulation{
			following(t, pool, load.Step(20, 200, 10*time.Minute)),
			following(t, pool, load.Step(20, 200, 30*time.Minute)),
		}
		steps := 0
		sim.RunTogether(both, time.Hour, func(i int, s *sim.Step) {
			if s.Nodes > most {
				t.Fatalf("there are %d nodes of %d", s.Nodes, most)
			}
			most2[i] = s.Ready
			steps++
		})
		if steps != 2*720 {
			t.Errorf("there are %d steps", steps)
		}
		return most2
	}
	if got := ready(7); got[early] < 29 || got[late] > 6 {
		t.Errorf("of 35 pods %d are the early target's, and %d the late one's", got[early], got[late])
	}
	if got := ready(100); got[early] < 29 || got[late] < 29 {
		t.Errorf("with room for all, there are %d and %d ready pods", got[early], got[late])
	}
}

func following(t *testing.T, pool *plant.Pool, l load.Load) *sim.Simulation {
	t.Helper()
	s, err := sim.New(sim.Config{
		Policy: &sim.Engine{Spec: peers.HPA(peers.Goal{Metric: peers.Rate, Busy: 0.7, PodRate: 10, Min: 2, Max: 50})},
		Plant:  plant.Defaults(), Pool: pool, Load: l, Begin: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Replicas: 3, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
