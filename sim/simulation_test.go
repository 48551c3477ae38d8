package sim_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// describe returns all moments and decisions of a simulation as text.
func describe(s *sim.Simulation, parts ...time.Duration) string {
	var b strings.Builder
	for _, part := range parts {
		s.Run(part, func(step *sim.Step) {
			fmt.Fprintf(&b, "%+v", step.Moment)
			if step.Decision != nil {
				fmt.Fprintf(&b, " %+v", *step.Decision)
			}
			b.WriteString("\n")
		})
	}
	return b.String()
}

// TestSameSeedSameBytes: two runs with the same seed give the same bytes, also if one of them is interrupted and continued.
func TestSameSeedSameBytes(t *testing.T) {
	for _, metric := range []string{"rate", "utilisation"} {
		once := describe(simulation(t, metric, 100), 6*time.Hour)
		if again := describe(simulation(t, metric, 100), time.Hour, 95*time.Second, 5*time.Hour-95*time.Second); again != once {
			t.Errorf("%s: in parts, the run is another one", metric)
		}
	}
}

// recorded is a policy that returns random counts. It records the times of its decisions and counts the calls of Applied.
type recorded struct {
	dice    *rand.Rand
	asked   []time.Time
	applied int
	last    engine.Decision
}

func (r *recorded) Metrics() []engine.Metric { return nil }
func (r *recorded) Applied(time.Time)        { r.applied++ }
func (r *recorded) Decide(seen *engine.Observation, now time.Time) *engine.Decision {
	r.asked = append(r.asked, now)
	r.last = engine.Decision{Current: seen.SpecReplicas, Desired: int32(r.dice.IntN(4))}
	return &r.last
}

// TestLoop: the simulation calls the policy in each period, passes the count of its last decision, and calls Applied after each change.
func TestLoop(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	policy := &recorded{dice: rand.New(rand.NewPCG(1, 1))}
	s, err := sim.New(sim.Config{
		Policy: policy, Plant: plant.Defaults(), Load: load.Steady(1), Begin: begin, Replicas: 2, Period: 20 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	changes, replicas := 0, int32(2)
	s.Run(time.Hour, func(step *sim.Step) {
		if d := step.Decision; d != nil {
			if d.Current != replicas || step.Replicas != d.Desired {
				t.Fatalf("at %s the policy sees %d and asks for %d; there were %d, and then %d", step.At, d.Current, d.Desired, replicas, step.Replicas)
			}
			if d.Desired != d.Current {
				changes++
			}
			replicas = d.Desired
		}
	})
	if policy.applied != changes || changes == 0 {
		t.Errorf("%d changes, and the policy was told of %d", changes, policy.applied)
	}
	for i, at := range policy.asked {
		if want := begin.Add(time.Duration(i) * 20 * time.Second); !at.Equal(want) {
			t.Fatalf("it is asked at %s, want %s", at, want)
		}
	}
	if len(policy.asked) != 180 {
		t.Errorf("it is asked %d times in an hour", len(policy.asked))
	}
}

func TestRefusedConfigs(t *testing.T) {
	spec := &engine.Spec{Metrics: []engine.Metric{{Type: engine.Resource, Name: "memory"}}}
	for want, config := range map[string]sim.Config{
		"step is 0s: it must be from 100ms to 1m0s":                                      {Policy: &sim.Engine{Spec: &engine.Spec{}}},
		`metric "memory": the only resource of simulated pods is cpu: remove the metric`: {Policy: &sim.Engine{Spec: spec}, Plant: plant.Defaults()},
		"period is 1s: it must be at least the plant's step (5s)":                        {Policy: &sim.Engine{Spec: &engine.Spec{}}, Plant: plant.Defaults(), Period: time.Second},
	} {
		if _, err := sim.New(config); err == nil || err.Error() != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
}
