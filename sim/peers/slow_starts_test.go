package peers

import (
	"testing"
	"time"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// TestSlowStarts scores a doubling of the load with pods that start in two minutes, which needs 20 replicas at the target. The bounds
// are what the policies reach. By the arriving work nothing runs away. By CPU the overloaded pods show 100% for as long as the
// backlog lasts, and a policy asks for more while the first new pods still start; a credit for these pods lowers the bounds.
func TestSlowStarts(t *testing.T) {
	type bound struct {
		serve time.Duration
		peak  int32
	}
	for metric, bounds := range map[Metric]map[string]bound{
		Rate: {"hpa": {165 * time.Second, 20}, "corrected": {165 * time.Second, 20}, "recommended": {165 * time.Second, 22}, "steady": {165 * time.Second, 20}},
		CPU:  {"hpa": {180 * time.Second, 26}, "corrected": {180 * time.Second, 26}, "recommended": {285 * time.Second, 30}, "steady": {315 * time.Second, 31}},
	} {
		for name, want := range bounds {
			s := slowStart(t, name, metric)
			serve := time.Duration(s.TimeToServeSeconds) * time.Second
			t.Logf("%s by %s: served after %s, at most %d of 20 replicas", name, metric, serve, s.PeakReplicas)
			if serve > want.serve || s.PeakReplicas > want.peak {
				t.Errorf("%s by %s: served after %s with at most %d replicas, want %+v", name, metric, serve, s.PeakReplicas, want)
			}
		}
	}
}

// slowStart returns the scores of a policy; corrected is autoscaling/v2 with all corrections.
func slowStart(t *testing.T, name string, metric Metric) sim.StartScores {
	t.Helper()
	goal := Goal{Metric: metric, Busy: 0.7, PodRate: 10, Min: 2, Max: 100}
	var policy sim.Policy
	if p, found := Find(name); found {
		policy = p.New(goal)
	} else {
		spec := HPA(goal)
		spec.Without = 0
		policy = &sim.Engine{Spec: spec}
	}
	config := plant.Defaults()
	config.Pod.Start = plant.Duration{Median: 2 * time.Minute}
	run, err := sim.New(sim.Config{
		Policy: policy, Plant: config, Load: load.Step(70, 140, 30*time.Minute),
		Begin: time.Unix(1_700_000_000, 0), Replicas: 10, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	starts := sim.NewStartCounter(goal.Min, goal.Max)
	run.Run(time.Hour, func(s *sim.Step) { starts.Add(&s.Moment) })
	return starts.Scores()
}
