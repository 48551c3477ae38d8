package engine_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// TestFallback: each behavior proposes its count three minutes after the start of an outage, and not before.
func TestFallback(t *testing.T) {
	for name, tc := range map[string]struct {
		behavior          engine.FallbackBehavior
		replicas, current int32
		want              int32
	}{
		"static, up":                 {engine.FallbackStatic, 8, 4, 8},
		"static, down":               {engine.FallbackStatic, 2, 4, 2},
		"current":                    {engine.FallbackCurrent, 8, 4, 4},
		"current if higher, it is":   {engine.FallbackCurrentIfHigher, 2, 4, 4},
		"current if higher, is not":  {engine.FallbackCurrentIfHigher, 8, 4, 8},
		"current if lower, it is":    {engine.FallbackCurrentIfLower, 8, 4, 4},
		"current if lower, is not":   {engine.FallbackCurrentIfLower, 2, 4, 2},
		"limited to twice the count": {engine.FallbackStatic, 500, 4, 8},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000})
			s.Down.Stabilization = 0
			s.Fallback = &engine.Fallback{After: 3 * time.Minute, Replicas: tc.replicas, Behavior: tc.behavior}
			seen := &engine.Observation{SpecReplicas: tc.current, StatusReplicas: tc.current, Readings: []engine.Reading{{Problem: "down"}}}
			var state engine.State
			var d engine.Decision
			for elapsed := time.Duration(0); elapsed < 3*time.Minute; elapsed += 15 * time.Second {
				if d, state = engine.Decide(s, state, seen, noon.Add(elapsed)); d.Desired != tc.current || !d.Failed {
					t.Fatalf("after %s: %d → %d, want nothing changed", elapsed, d.Current, d.Desired)
				}
			}
			d, state = engine.Decide(s, state, seen, noon.Add(3*time.Minute))
			if d.Desired != tc.want || d.Failed {
				t.Errorf("after 3m: %d → %d, want %d; %+v", d.Current, d.Desired, tc.want, d)
			}
			if got := d.ScalingActive; got != (engine.Verdict{Status: engine.True, Reason: engine.ReasonFallback, Message: "down"}) {
				t.Errorf("ScalingActive %+v", got)
			}
			seen.Readings[0] = engine.Reading{Value: 4000}
			if _, state = engine.Decide(s, state, seen, noon.Add(4*time.Minute)); len(state.Outages) != 0 {
				t.Errorf("the metric has a value, and the state has outages %+v", state.Outages)
			}
		})
	}
}

// TestOutagesFollowTheirMetrics: an outage stays with its metric where the order of metrics changes.
func TestOutagesFollowTheirMetrics(t *testing.T) {
	queue := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000}
	clicks := engine.Metric{Type: engine.External, Name: "clicks", TargetType: engine.AverageValue, Target: 1000}
	down, up := engine.Reading{Problem: "down"}, engine.Reading{Value: 4000}
	seen := &engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Readings: []engine.Reading{up, down}}
	_, state := engine.Decide(spec(queue, clicks), engine.State{}, seen, noon)
	seen.Readings = []engine.Reading{down, down}
	d, state := engine.Decide(spec(clicks, queue), state, seen, noon.Add(time.Minute))
	if !d.Proposals[0].UnknownSince.Equal(noon) || !d.Proposals[1].UnknownSince.Equal(noon.Add(time.Minute)) {
		t.Errorf("clicks since %s, queue since %s", d.Proposals[0].UnknownSince, d.Proposals[1].UnknownSince)
	}
	if len(state.Outages) != 2 {
		t.Errorf("outages %+v", state.Outages)
	}
}

// TestAnUnknownMetricHoldsUntilItsFallback: other metrics do not scale in before the fallback applies.
func TestAnUnknownMetricHoldsUntilItsFallback(t *testing.T) {
	queue := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000}
	clicks := engine.Metric{Type: engine.External, Name: "clicks", TargetType: engine.AverageValue, Target: 1000}
	s := spec(queue, clicks)
	s.Down.Stabilization = 0
	s.Fallback = &engine.Fallback{After: time.Minute, Replicas: 3, Behavior: engine.FallbackStatic}
	seen := &engine.Observation{SpecReplicas: 9, StatusReplicas: 9, Readings: []engine.Reading{{Value: 1000}, {Problem: "down"}}}
	d, state := engine.Decide(s, engine.State{}, seen, noon)
	if d.Desired != 9 {
		t.Errorf("in the outage: 9 → %d", d.Desired)
	}
	if d, _ = engine.Decide(s, state, seen, noon.Add(time.Minute)); d.Desired != 3 {
		t.Errorf("after it has lasted: 9 → %d, want the fallback's 3, the largest proposal", d.Desired)
	}
}
