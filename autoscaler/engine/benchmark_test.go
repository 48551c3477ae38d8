package engine_test

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// BenchmarkDecide decides on CPU over n pods in steady state, with a full history.
func BenchmarkDecide(b *testing.B) {
	cpu := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80}
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("pods=%d", n), func(b *testing.B) {
			s := spec(cpu)
			s.Down.Stabilization = 5 * time.Minute
			seen := observed(n)
			benchmark(b, s, seen)
		})
	}
}

// BenchmarkDecideDamped is BenchmarkDecide with the recommended damping.
func BenchmarkDecideDamped(b *testing.B) {
	cpu := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80}
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("pods=%d", n), func(b *testing.B) {
			s := spec(cpu)
			s.Damping = new(damping.Balanced())
			benchmark(b, s, observed(n))
		})
	}
}

// TestDampingDoesNotAllocate: a damped decision allocates nothing in steady state.
func TestDampingDoesNotAllocate(t *testing.T) {
	s := spec(engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80})
	s.Damping = new(damping.Balanced())
	seen := observed(10)
	var state engine.State
	var d engine.Decision
	now := noon
	decide := func() {
		now = now.Add(15 * time.Second)
		for i := range seen.Readings[0].Pods {
			sample := &seen.Readings[0].Pods[i]
			sample.Time, sample.Value = now.Add(-20*time.Second), 700+now.Unix()%120
		}
		state = engine.DecideInto(&d, s, state, seen, now)
	}
	for range 1000 {
		decide()
	}
	if got := testing.AllocsPerRun(1000, decide); got > 0 {
		t.Errorf("a decision allocates %g times", got)
	}
}

// BenchmarkDecideQuery decides on one value, which is what most application metrics are.
func BenchmarkDecideQuery(b *testing.B) {
	s := spec(engine.Metric{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 100_000, MaxAge: 2 * time.Minute})
	s.Down.Stabilization = 5 * time.Minute
	seen := &engine.Observation{SpecReplicas: 10, StatusReplicas: 10, Readings: []engine.Reading{{Value: 1_000_000}}}
	benchmark(b, s, seen)
}

// BenchmarkDecideBatch decides on a batch window with n pods and a Busy metric.
func BenchmarkDecideBatch(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("pods=%d", n), func(b *testing.B) {
			s := batchSpec(b)
			s.MaxReplicas = int32(n)
			w, err := schedule.Compile("always", schedule.Timing{Start: "0 12 * * *", Duration: 24 * time.Hour})
			if err != nil {
				b.Fatal(err)
			}
			s.Windows[0] = w
			s.Batches[0].Busy = engine.Metric{Type: engine.Pods, Name: "jobs_in_progress"}
			seen := observed(n)
			seen.Batches = []engine.BatchReading{{Backlog: engine.Reading{Value: int64(n) * 1_000_000}, Busy: seen.Readings[0]}}
			seen.Readings = nil
			benchmark(b, s, seen)
		})
	}
}

func benchmark(b *testing.B, s *engine.Spec, seen *engine.Observation) {
	var state engine.State
	now := noon
	for range 30 {
		now = now.Add(15 * time.Second)
		_, state = engine.Decide(s, state, seen, now)
	}
	var d engine.Decision
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(15 * time.Second)
		state = engine.DecideInto(&d, s, state, seen, now)
	}
}

func observed(n int) *engine.Observation {
	seen := &engine.Observation{SpecReplicas: int32(n), StatusReplicas: int32(n), Pods: pods(n)}
	r := engine.Reading{Pods: make([]engine.Sample, n), Requests: make([]int64, n)}
	for i := range n {
		r.Pods[i] = engine.Sample{Known: true, Value: 800, Time: noon, Window: 30 * time.Second}
		r.Requests[i] = 1000
	}
	seen.Readings = []engine.Reading{r}
	return seen
}
