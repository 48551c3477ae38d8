package checkpoint

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// BenchmarkFlush saves one shard of 10,000 autoscalers in 16 shards, with the states after two hours of varying load. Its bytes
// are those of docs/decisions/0006-state-in-configmaps.md.
func BenchmarkFlush(b *testing.B) {
	const autoscalers = 10_000 / 16
	for _, damped := range []bool{false, true} {
		b.Run(fmt.Sprintf("damped=%t", damped), func(b *testing.B) {
			states := make([]engine.State, autoscalers)
			for i := range states {
				states[i] = afterTwoHours(rand.New(rand.NewPCG(uint64(i), 1)), damped)
			}
			s := New(&shelf{saved: map[int][]byte{}}, 1, time.Minute)
			b.ReportAllocs()
			for b.Loop() {
				for i := range states {
					s.Save(types.UID(fmt.Sprintf("3f2b%04x-aaaa-bbbb-cccc-%012x", i*7919%65536, i*104729)), &states[i], false)
				}
				if err := s.Flush(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			writes, bytes := s.Written()
			b.ReportMetric(float64(bytes)/float64(writes)/autoscalers, "B/autoscaler")
		})
	}
}

// afterTwoHours returns the state of an autoscaler with two metrics after 480 syncs.
func afterTwoHours(random *rand.Rand, damped bool) (state engine.State) {
	spec := &engine.Spec{
		MinReplicas: 2, MaxReplicas: 100,
		Up:   engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down: engine.Rules{Select: engine.SelectMax, Tolerance: 0.1, Stabilization: 5 * time.Minute},
	}
	for _, name := range []string{"queue", "rate"} {
		spec.Metrics = append(spec.Metrics, engine.Metric{Type: engine.External, Name: name, TargetType: engine.AverageValue, Target: 1000})
	}
	if damped {
		spec.Damping, spec.Down.Stabilization = new(damping.Balanced()), 0
	}
	now, replicas := noon.Add(time.Duration(random.IntN(15_000))*time.Millisecond), int32(5)
	mean, phase := 3000+random.Float64()*40_000, random.Float64()*6
	for sync := range 480 {
		now = now.Add(15*time.Second + time.Duration(random.IntN(20))*time.Millisecond)
		load := mean * (1 + 0.5*math.Sin(phase+float64(sync)/80)) * (0.95 + 0.1*random.Float64())
		sampled := now.Add(-time.Duration(2+random.IntN(12)) * time.Second)
		o := &engine.Observation{SpecReplicas: replicas, StatusReplicas: replicas, Readings: []engine.Reading{
			{Value: int64(load), Time: sampled}, {Value: int64(load / 2), Time: sampled},
		}}
		var d engine.Decision
		if d, state = engine.Decide(spec, state, o, now); d.Desired != replicas {
			state, replicas = engine.RecordScale(state, &d, now), d.Desired
		}
	}
	return state
}
