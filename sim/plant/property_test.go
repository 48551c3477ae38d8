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

// lifelike has every kind of chance in it.
func lifelike(dice *rand.Rand) plant.Config {
	c := chanceConfig(dice)
	c.Pod.Start.Sigma, c.Pod.FailsAfter = 0.5, time.Duration(dice.IntN(300))*time.Second
	c.Nodes.Delay.Sigma = 0.3
	c.Metrics.Noise, c.Metrics.Loss = 0.1*dice.Float64(), 0.3*dice.Float64()
	c.Metrics.Faults = []plant.Fault{{At: time.Minute, For: time.Minute, Factor: float64(dice.IntN(3))}}
	return c
}

// TestBooksBalance: whatever happens, work is conserved, nobody does more than he can, and what is said of the pods holds.
func TestBooksBalance(t *testing.T) {
	for seed := range uint64(80) {
		dice := rand.New(rand.NewPCG(seed, 1))
		c := lifelike(dice)
		p, err := plant.New(c, noon, int32(dice.IntN(5)), seed)
		if err != nil {
			t.Fatal(err)
		}
		arrived, served, dropped, backlog := 0.0, 0.0, 0.0, 0.0
		var seen engine.Observation
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
			p.Observe(&seen, six)
			switch {
			case m.Served > m.Capacity*m.Length.Seconds()+1e-9 || m.Capacity > limit+1e-9:
				t.Fatalf("seed %d: served more than could be: %+v", seed, m)
			case m.Ready > m.Pods || m.Busy < 0 || m.Busy > 1+1e-9 || m.Backlog < 0 || m.Dropped < 0 || m.Wait < 0:
				t.Fatalf("seed %d: %+v", seed, m)
			case c.Room > 0 && m.Backlog > c.Room:
				t.Fatalf("seed %d: more waits than there is room for: %+v", seed, m)
			case seen.StatusReplicas != seen.SpecReplicas:
				t.Fatalf("seed %d: %d replicas of %d", seed, seen.StatusReplicas, seen.SpecReplicas)
			case c.Nodes.Pods > 0 && (m.Nodes > c.Nodes.Most || m.Ready > m.Nodes*c.Nodes.Pods):
				t.Fatalf("seed %d: %d ready pods on %d nodes of at most %d", seed, m.Ready, m.Nodes, c.Nodes.Most)
			}
		}
		if math.Abs(arrived-served-dropped-backlog) > 1e-6*arrived {
			t.Fatalf("seed %d: %g arrived; %g served, %g dropped, %g wait", seed, arrived, served, dropped, backlog)
		}
	}
}

// TestSameSeedSameBytes: all that a plant tells is the same for the same seed, and something else for another.
func TestSameSeedSameBytes(t *testing.T) {
	tell := func(config, seed uint64) string {
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
			var seen engine.Observation
			p.Observe(&seen, six)
			fmt.Fprintf(&b, "%+v %+v\n", p.Advance(float64(dice.IntN(150)), true), seen)
		}
		return b.String()
	}
	for config := range uint64(8) {
		one := tell(config, 1)
		if again := tell(config, 1); one != again {
			t.Errorf("config %d: the same seed tells two stories", config)
		}
		if one == tell(config, 2) {
			t.Errorf("config %d: two seeds tell the same story", config)
		}
	}
}

// TestMemoryIsUsedAgain: pods that come and go make no garbage once there have been as many.
func TestMemoryIsUsedAgain(t *testing.T) {
	p, err := plant.New(lifelike(rand.New(rand.NewPCG(3, 2))), noon, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	var seen engine.Observation
	swing := func() {
		for _, replicas := range []int32{50, 2, 30, 0} {
			p.Scale(replicas)
			for range 200 {
				p.Advance(50, true)
				p.Observe(&seen, six)
			}
		}
	}
	swing()
	if allocs := testing.AllocsPerRun(5, swing); allocs != 0 {
		t.Errorf("a swing allocates %g times", allocs)
	}
}
