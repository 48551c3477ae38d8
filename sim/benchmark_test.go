package sim_test

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

const year = 365 * 24 * time.Hour

// BenchmarkYear is a year of one autoscaler at ticks of 15 seconds, on a load with days and noise that takes so many pods at
// its highest, and half as many on average.
func BenchmarkYear(b *testing.B) {
	for _, metric := range []string{"rate", "utilisation"} {
		for _, pods := range []float64{10, 100} {
			b.Run(fmt.Sprintf("%s/pods=%g", metric, pods), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					steps := 0
					simulation(b, metric, 7*pods).Run(year, func(*sim.Step) { steps++ })
					if steps != int(year/(5*time.Second)) {
						b.Fatalf("%d steps", steps)
					}
				}
			})
		}
	}
}

// TestRunMakesNoGarbage: memory is constant in the length of a run, since a longer one allocates no more than a short one.
func TestRunMakesNoGarbage(t *testing.T) {
	for _, metric := range []string{"rate", "utilisation"} {
		t.Run(metric, func(t *testing.T) {
			s := simulation(t, metric, 100)
			s.Run(2*24*time.Hour, func(*sim.Step) {}) // pods and histories become as many as they will be
			if allocs := testing.AllocsPerRun(5, func() { s.Run(24*time.Hour, func(*sim.Step) {}) }); allocs != 0 {
				t.Errorf("a day allocates %g times", allocs)
			}
		})
	}
}

func simulation(t testing.TB, metric string, high float64) *sim.Simulation {
	t.Helper()
	spec := &engine.Spec{
		MinReplicas: 1, MaxReplicas: 1000,
		Up:                      engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down:                    engine.Rules{Select: engine.SelectMax, Tolerance: 0.1, Stabilization: 5 * time.Minute},
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
		Metrics: []engine.Metric{{Type: engine.External, Name: "rps", TargetType: engine.AverageValue, Target: 7000}},
	}
	if metric == "utilisation" {
		spec.Metrics[0] = engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70}
	}
	s, err := sim.New(sim.Config{
		Policy: &sim.Engine{Spec: spec}, Plant: plant.Defaults(), Replicas: 5, Seed: 1,
		Begin: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Load:  load.Noise(load.Diurnal(high/10, high, 24*time.Hour), 0.05, time.Minute, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
