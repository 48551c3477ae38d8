package shadow_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/shadow"
)

// TestExplain decides 300 requests/s at 100 for each of 3 replicas, unless a case changes that.
func TestExplain(t *testing.T) {
	for name, tc := range map[string]struct {
		spec    func(*engine.Spec)
		state   engine.State
		value   int64
		broken  string
		others  int32
		current int32 // in addition to 3
		want    string
	}{
		"other metrics": {value: 300, others: 8, want: shadow.CauseRecommendation},
		"maximum":       {value: 3000, others: 25, spec: func(s *engine.Spec) { s.MaxReplicas = 5 }, want: shadow.CauseBounds},
		"unknown":       {broken: "no such series", others: 8, want: shadow.CauseUnknownMetric},
		"rate":          {value: 3000, others: 30, want: shadow.CauseRatePolicy},
		"other metrics, and a rate policy that brings it nearer": {value: 3000, others: 2, want: shadow.CauseRecommendation},
		"stabilization": {value: 100, others: 1, state: engine.State{Recommendations: []engine.Recommendation{{Replicas: 3, Time: start.Add(-time.Minute)}}}, want: shadow.CauseStabilization},
		"fallback":      {broken: "gone", others: 3, spec: func(s *engine.Spec) { s.Fallback = &engine.Fallback{Replicas: 9, Behavior: engine.FallbackStatic} }, want: shadow.CauseFallback},
		"behavior":      {value: 3000, others: 6, spec: func(s *engine.Spec) { s.HasBehavior, s.Up.Select = true, engine.SelectDisabled }, want: shadow.CauseBehavior},
		"correction":    {broken: "none", current: -3, others: 0, state: engine.State{ScaledToZero: true}, want: "LeaveZeroByBound"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := engine.Spec{
				MinReplicas: 1, MaxReplicas: 100, Down: engine.Rules{Stabilization: 5 * time.Minute, Tolerance: 0.1}, Up: engine.Rules{Tolerance: 0.1},
				Metrics: []engine.Metric{{Type: engine.External, Name: "requests", TargetType: engine.AverageValue, Target: 100_000}},
			}
			if tc.spec != nil {
				tc.spec(&spec)
			}
			reading := engine.Reading{Value: tc.value * 1000, Time: start}
			if tc.broken != "" {
				reading = engine.Reading{Problem: tc.broken}
			}
			observation := engine.Observation{SpecReplicas: 3 + tc.current, StatusReplicas: 3 + tc.current, Readings: []engine.Reading{reading}}
			before := tc.state.Clone()
			d, _ := engine.Decide(&spec, tc.state.Clone(), &observation, start)
			var x shadow.Explainer
			if got := x.Explain(&spec, &before, &observation, &d, tc.others); got != tc.want {
				t.Errorf("%d → %d beside %d: %q, want %q; %+v", d.Current, d.Desired, tc.others, got, tc.want, d.Steps)
			}
		})
	}
}
