package peers

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// TestSlowStarts doubles the load of ten pods, which then needs 20, with pods that start in 10 seconds to 5 minutes. Each of our
// policies serves it no later than the HPA of the same run, and requests at most 10% more pods than the load needs. By the arriving
// work nothing runs away. By CPU, pods at full use show the same for as long as work waits, so that an HPA multiplies again.
func TestSlowStarts(t *testing.T) {
	const need, most = 20, 22
	for _, metric := range Metrics() {
		for _, start := range []time.Duration{10 * time.Second, 30 * time.Second, 90 * time.Second, 2 * time.Minute, 5 * time.Minute} {
			hpa := slowStart(t, "hpa", metric, start)
			t.Logf("%s, starts of %s: hpa is served after %gs, at most %d of %d replicas", metric, start, hpa.TimeToServeSeconds, hpa.PeakReplicas, need)
			for _, name := range []string{"corrected", "recommended", "responsive", "thrifty", "steady"} {
				s := slowStart(t, name, metric, start)
				line := fmt.Sprintf("%s, starts of %s: %s is served after %gs, at most %d of %d replicas", metric, start, name, s.TimeToServeSeconds, s.PeakReplicas, need)
				limit := int32(most)
				if name == "responsive" && metric == Rate {
					limit = 24 // the stock that this profile adds
				}
				if t.Log(line); s.TimeToServeSeconds > hpa.TimeToServeSeconds || s.PeakReplicas > limit {
					t.Errorf("%s, want at most %gs and %d", line, hpa.TimeToServeSeconds, limit)
				}
			}
		}
	}
}

// policyOf returns a policy; corrected is autoscaling/v2 with all corrections.
func policyOf(name string, goal Goal) sim.Policy {
	if p, found := Find(name); found {
		return p.New(goal)
	}
	spec := HPA(goal)
	spec.Without = 0
	return &sim.Engine{Spec: spec}
}

// slowStart returns the scores of a policy of [policyOf].
func slowStart(t *testing.T, name string, metric Metric, start time.Duration) sim.StartScores {
	t.Helper()
	goal := Goal{Metric: metric, Busy: 0.7, PodRate: 10, Min: 2, Max: 100}
	config := plant.Defaults()
	config.Pod.Start = plant.Duration{Median: start}
	run, err := sim.New(sim.Config{
		Policy: policyOf(name, goal), Plant: config, Load: load.Step(70, 140, 30*time.Minute),
		Begin: time.Unix(1_700_000_000, 0), Replicas: 10, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	starts := sim.NewStartCounter(goal.Min, goal.Max)
	run.Run(90*time.Minute, func(s *sim.Step) { starts.Add(&s.Moment) })
	return starts.Scores()
}
