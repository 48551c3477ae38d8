package plant_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

// lifelike is a config with every kind of randomness.
func lifelike(dice *rand.Rand) plant.Config {
	c := randomConfig(dice)
	c.Pod.Start.Sigma, c.Pod.FailsAfter = 0.5, time.Duration(dice.IntN(300))*time.Second
	c.Nodes.Delay.Sigma, c.Pod.Image.Sigma = 0.3, 0.3
	c.Pod.StartFails, c.Pod.CrashLoops = 0.3*dice.Float64(), c.Pod.CrashLoops/4
	c.Metrics.Noise, c.Metrics.Loss = 0.1*dice.Float64(), 0.3*dice.Float64()
	c.Metrics.Faults = []plant.Fault{{At: time.Minute, For: time.Minute, Factor: float64(dice.IntN(3))}}
	return c
}

func added(c *plant.Config) (nodes int) {
	for _, a := range c.Nodes.Added {
		nodes += a.Count
	}
	return nodes
}

// TestWorkIsConserved: arrived work is served, dropped or waiting; no pod exceeds its capacity; the pod counts are consistent.
func TestWorkIsConserved(t *testing.T) {
	for seed := range uint64(80) {
		dice := rand.New(rand.NewPCG(seed, 1))
		c := lifelike(dice)
		p, err := plant.New(c, noon, int32(dice.IntN(5)), seed)
		if err != nil {
			t.Fatal(err)
		}
		arrived, served, dropped, backlog := 0.0, 0.0, 0.0, 0.0
		var observed engine.Observation
		for range 300 {
			if dice.IntN(10) == 0 {
				p.Scale(int32(dice.IntN(30)))
			}
			m := p.Advance(float64(dice.IntN(150)), true)
			arrived, served, dropped = arrived+m.Arrived, served+m.Served, dropped+m.Dropped
			if math.Abs(backlog+m.Arrived-m.Served-m.Dropped-m.Backlog) > 1e-6 {
				t.Fatalf("seed %d: a step loses work: %+v after a backlog of %g", seed, m, backlog)
			}
			backlog = m.Backlog
			limit := float64(m.Ready) * c.Pod.Rate
			p.Observe(&observed, six)
			switch {
			case m.Served > m.Capacity*m.Length.Seconds()+1e-9 || m.Capacity > limit+1e-9:
				t.Fatalf("seed %d: served more than the capacity: %+v", seed, m)
			case c.Quota > 0 && m.Pods > c.Quota:
				t.Fatalf("seed %d: %d pods exceed the quota of %d", seed, m.Pods, c.Quota)
			case m.Ready+m.Starting > m.Pods || m.Blocked < 0 || m.Ready+m.Starting+m.Blocked < int(m.Replicas):
				t.Fatalf("seed %d: the pods do not add up: %+v", seed, m)
			case m.Ready > m.Pods || m.Busy < 0 || m.Busy > 1+1e-9 || m.Backlog < 0 || m.Dropped < 0 || m.Wait < 0:
				t.Fatalf("seed %d: %+v", seed, m)
			case c.Room > 0 && m.Backlog > c.Room:
				t.Fatalf("seed %d: the backlog exceeds the room: %+v", seed, m)
			case observed.StatusReplicas != observed.SpecReplicas && c.Quota == 0:
				t.Fatalf("seed %d: %d replicas of %d", seed, observed.StatusReplicas, observed.SpecReplicas)
			case c.Nodes.Pods > 0 && (m.Nodes > c.Nodes.Most+added(&c) || m.Ready > m.Nodes*c.Nodes.Pods):
				t.Fatalf("seed %d: %d ready pods on %d nodes of at most %d", seed, m.Ready, m.Nodes, c.Nodes.Most)
			}
		}
		if math.Abs(arrived-served-dropped-backlog) > 1e-6*arrived {
			t.Fatalf("seed %d: %g arrived; %g served, %g dropped, %g wait", seed, arrived, served, dropped, backlog)
		}
	}
}

// TestSeedDeterminesRun: runs with the same seed are equal, and runs with different seeds differ.
func TestSeedDeterminesRun(t *testing.T) {
	describe := func(config, seed uint64) string {
		dice := rand.New(rand.NewPCG(config, 2))
		p, err := plant.New(lifelike(dice), noon, 3, seed)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 200 {
			if dice.IntN(10) == 0 {
				p.Scale(int32(dice.IntN(30)))
			}
			var observed engine.Observation
			p.Observe(&observed, six)
			fmt.Fprintf(&b, "%+v %+v\n", p.Advance(float64(dice.IntN(150)), true), observed)
		}
		return b.String()
	}
	for config := range uint64(8) {
		one := describe(config, 1)
		if again := describe(config, 1); one != again {
			t.Errorf("config %d: two runs with the same seed differ", config)
		}
		if one == describe(config, 2) {
			t.Errorf("config %d: two runs with different seeds are equal", config)
		}
	}
}

// TestPodMemoryIsReused: replacing pods allocates nothing once the highest pod count was reached.
func TestPodMemoryIsReused(t *testing.T) {
	p, err := plant.New(lifelike(rand.New(rand.NewPCG(3, 2))), noon, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	var observed engine.Observation
	swing := func() {
		for _, replicas := range []int32{50, 2, 30, 0} {
			p.Scale(replicas)
			for range 200 {
				p.Advance(50, true)
				p.Observe(&observed, six)
			}
		}
	}
	swing()
	if allocs := testing.AllocsPerRun(5, swing); allocs != 0 {
		t.Errorf("a scale-out and scale-in allocates %g times", allocs)
	}
}
