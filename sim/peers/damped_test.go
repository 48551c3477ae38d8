package peers_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// damped runs the recommended profile over a load, and calls each with every step.
func damped(t *testing.T, metric peers.Metric, change func(*plant.Config), offered load.Load, length time.Duration, each func(*sim.Step)) {
	t.Helper()
	config := plant.Defaults()
	change(&config)
	goal := peers.Goal{Metric: metric, Busy: 0.7, PodRate: config.Pod.Rate, Min: 2, Max: 200}
	run, err := sim.New(sim.Config{
		Policy: &sim.Engine{Spec: peers.Damped(goal, damping.Balanced())}, Plant: config,
		Load: load.Poisson(offered, config.Step, 1), Begin: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Replicas: 20, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	run.Run(length, each)
}

// TestLateUtilizationDoesNotHunt: a constant load with a metric that is two minutes late has at most two reversals per hour.
func TestLateUtilizationDoesNotHunt(t *testing.T) {
	const hours = 24
	counter := sim.NewCounter(2, 200)
	late := func(c *plant.Config) { c.Metrics.Lag = 2 * time.Minute }
	damped(t, peers.CPU, late, load.Steady(140), hours*time.Hour, func(s *sim.Step) { counter.Add(&s.Moment) })
	if got := counter.Scores(); got.Reversals > 2*hours || got.SLOViolationSeconds > 60 {
		t.Errorf("%d reversals in %d hours, SLO violation for %.0f s", got.Reversals, hours, got.SLOViolationSeconds)
	}
}

// TestOutageNeverScalesIn: an outage causes no scale-in, even if the load falls during it.
func TestOutageNeverScalesIn(t *testing.T) {
	for _, metric := range peers.Metrics() {
		var before, seen int32
		dark := func(c *plant.Config) { c.Metrics.Faults = []plant.Fault{{At: time.Hour, For: 30 * time.Minute}} }
		damped(t, metric, dark, load.Step(140, 30, time.Hour), 90*time.Minute, func(s *sim.Step) {
			switch {
			case s.At < time.Hour+3*time.Minute: // what is known then is of before
				before = s.Replicas
			case s.At < 90*time.Minute && s.Replicas < before:
				t.Fatalf("%s: at %s %d replicas, want at least %d", metric, s.At, s.Replicas, before)
			default:
				seen++
			}
		})
		if before < 10 || seen == 0 {
			t.Errorf("%s: %d replicas before the outage: too few for a scale-in", metric, before)
		}
	}
}

// TestStepOvershootsOnce: after a step to four times the load the replicas rise, stay, fall to the requirement, and do not
// rise again. They never exceed the surge limit. The backlog from the start-up keeps the CPU of the pods full, so on CPU they
// overshoot more.
func TestStepOvershootsOnce(t *testing.T) {
	for _, metric := range peers.Metrics() {
		var before, last, highest int32
		down, again := false, 0
		damped(t, metric, func(*plant.Config) {}, load.Step(100, 400, time.Hour), 5*time.Hour, func(s *sim.Step) {
			switch {
			case s.At < time.Hour:
				before = s.Replicas
			case s.Replicas < last:
				down = true
			case s.Replicas > last && down:
				again++
			}
			last, highest = s.Replicas, max(highest, s.Replicas)
		})
		t.Logf("%s: %d replicas, at most %d, and %d in the end", metric, before, highest, last)
		if again > 0 || last < 40 || last > 58 {
			t.Errorf("%s: after %d replicas for a quarter of the load there are %d in the end, by way of %d, and they rose again %d times", metric, before, last, highest, again)
		}
		if most := int32(58 * damping.Balanced().SurgeLimit); highest > most {
			t.Errorf("%s: %d replicas on the way, want at most %d", metric, highest, most)
		}
	}
}

// TestMetricFaultIsLimited: counters that are ten times too high for a minute change the replicas by at most the surge limit times
// the requirement of the load, and have no effect hours later.
func TestMetricFaultIsLimited(t *testing.T) {
	for _, metric := range peers.Metrics() {
		var before, highest, after int32
		lie := func(c *plant.Config) {
			c.Metrics.Faults = []plant.Fault{{At: time.Hour, For: time.Minute, Factor: 10}}
		}
		damped(t, metric, lie, load.Steady(140), 4*time.Hour, func(s *sim.Step) {
			if s.At < time.Hour {
				before = s.Replicas
			}
			highest, after = max(highest, s.Replicas), s.Replicas
		})
		if most := int32(20 * damping.Balanced().SurgeLimit); highest > most || after > before+before/4 {
			t.Errorf("%s: %d replicas became %d, and are %d three hours later", metric, before, highest, after)
		}
	}
}
