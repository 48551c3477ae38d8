package engine_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// TestPodsRequestedAtZeroServeFirst: a target leaves zero for a moment of load. Its pod stays while it loads and for a minute after it
// is ready, but no longer than half an hour, and not if it cannot run.
func TestPodsRequestedAtZeroServeFirst(t *testing.T) {
	loading := engine.Pod{Phase: engine.Running, Readiness: engine.NotReady, Started: noon}
	blocked := engine.Pod{Phase: engine.Pending, Obstacle: engine.ImageUnavailable}
	for name, tc := range map[string]struct {
		pod     engine.Pod
		readyAt time.Duration // 0 for never
		want    time.Duration // at which the target scales to zero, in steps of 15 s
	}{
		"loads for 90 s":   {loading, 90 * time.Second, 150 * time.Second},
		"loads for 10 min": {loading, 10 * time.Minute, 11 * time.Minute},
		"never ready":      {loading, 0, 30 * time.Minute},
		"no image":         {blocked, 0, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &engine.Spec{MaxReplicas: 10, HasBehavior: true, CPUInitializationPeriod: 5 * time.Minute, Metrics: []engine.Metric{
				{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000},
			}}
			spec.Up.Select, spec.Down.Select = engine.SelectMax, engine.SelectMax
			spec.Up.Policies = []engine.RatePolicy{{Value: 4, Period: time.Minute}}
			spec.Down.Policies = []engine.RatePolicy{{Percent: true, Value: 100, Period: time.Minute}}
			seen := &engine.Observation{Readings: []engine.Reading{{Value: 500}}}
			d, state := engine.Decide(spec, engine.State{ScaledToZero: true}, seen, noon)
			if d.Desired != 1 {
				t.Fatalf("0 → %d, want 1: %+v", d.Desired, d.Steps)
			}
			state = engine.RecordScale(state, &d, noon)
			for after := 15 * time.Second; after < time.Hour; after += 15 * time.Second {
				pod := tc.pod
				if tc.readyAt > 0 && after >= tc.readyAt {
					pod.Readiness, pod.ReadySince = engine.Ready, noon.Add(tc.readyAt)
				}
				seen := &engine.Observation{SpecReplicas: 1, StatusReplicas: 1, Pods: []engine.Pod{pod}, Readings: []engine.Reading{{}}}
				d, state = engine.Decide(spec, state, seen, noon.Add(after))
				if d.Desired == 0 {
					if after != tc.want {
						t.Errorf("scaled to zero after %s, want %s", after, tc.want)
					}
					return
				}
			}
			t.Errorf("never scaled to zero: %+v", d.Steps)
		})
	}
}
