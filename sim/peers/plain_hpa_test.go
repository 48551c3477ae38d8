package peers_test

import (
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// follower scales to the count of the plain HPA that damping decides beside its own.
type follower struct{ sim.Engine }

func (f *follower) Decide(o *engine.Observation, now time.Time) *engine.Decision {
	d := f.Engine.Decide(o, now)
	if n := f.State.Damping.HPAReplicas; n > 0 {
		d.Desired = n
	}
	return d
}

// scoresOf runs a policy over a load that needs 60 pods at its rate 1.
func scoresOf(t *testing.T, policy sim.Policy, g peers.Goal, config plant.Config, offered load.Load, length time.Duration) sim.Scores {
	t.Helper()
	full := g.PodRate * g.Busy
	scaled := load.Scaled(offered, 60*full)
	first, _ := scaled.At(0)
	run, err := sim.New(sim.Config{
		Policy: policy, Plant: config, Load: load.Poisson(scaled, config.Step, 1), Begin: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		Replicas: max(g.Min, min(g.Max, int32(math.Ceil(first/full)))), Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	counter := sim.NewCounter(g.Min, g.Max)
	run.Run(length, func(s *sim.Step) { counter.Add(&s.Moment) })
	return counter.Scores()
}

// TestPlainHPAIsHPA: a target that follows the plain HPA of damping has the pod-hours and the lateness of an HPA, on random loads.
func TestPlainHPAIsHPA(t *testing.T) {
	for _, metric := range peers.Metrics() {
		for _, start := range []time.Duration{30 * time.Second, 90 * time.Second} {
			config := plant.Defaults()
			config.Pod.Start.Median = start
			g := peers.Goal{Metric: metric, Busy: 0.7, PodRate: config.Pod.Rate, Min: 2, Max: 80}
			var hpa, followed sim.Scores
			for seed := range uint64(20) {
				r := load.NewRandom(seed)
				length := min(r.Length, 4*time.Hour)
				hpa = sum(hpa, scoresOf(t, &sim.Engine{Spec: peers.HPA(g)}, g, config, r, length))
				followed = sum(followed, scoresOf(t, &follower{sim.Engine{Spec: peers.Damped(g, damping.Balanced())}}, g, config, r, length))
			}
			pods, late := followed.PodHours/hpa.PodHours, followed.SLOViolationSeconds/hpa.SLOViolationSeconds
			t.Logf("%s, start %s: pod-hours ×%.4f, SLO violation ×%.4f", metric, start, pods, late)
			if math.Abs(pods-1) > 0.02 || math.Abs(late-1) > 0.05 {
				t.Errorf("%s, start %s: pod-hours ×%.4f, SLO violation ×%.4f, want at most 2%% and 5%% from an HPA's", metric, start, pods, late)
			}
		}
	}
}

func sum(a, b sim.Scores) sim.Scores {
	return sim.Scores{PodHours: a.PodHours + b.PodHours, SLOViolationSeconds: a.SLOViolationSeconds + b.SLOViolationSeconds}
}
