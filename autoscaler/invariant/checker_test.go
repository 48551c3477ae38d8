package invariant_test

import (
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/invariant"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// TestEachViolationIsFound changes a decision of the engine that violates nothing, in one field each.
func TestEachViolationIsFound(t *testing.T) {
	queue := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000}
	state := engine.State{
		Recommendations: []engine.Recommendation{{Replicas: 10, Time: noon.Add(-time.Minute)}},
		Ups:             []engine.ScaleEvent{{Change: 2, Time: noon.Add(-30 * time.Second)}},
	}
	stabilized := func(s *engine.Spec) { s.Down.Stabilization = 5 * time.Minute }
	for want, tc := range map[string]struct {
		spec   func(*engine.Spec)
		items  int64
		change func(*engine.Spec, *engine.Decision)
	}{
		"bounds: 1 is outside":                                   {items: 2, change: func(_ *engine.Spec, d *engine.Decision) { d.Desired = 1 }},
		"bounds: the spec and its open windows give [2, 40]":     {items: 9, change: func(_ *engine.Spec, d *engine.Decision) { d.Max = 41 }},
		"unknown: a change without a proposal":                   {items: 2, change: func(_ *engine.Spec, d *engine.Decision) { d.Proposals[0] = engine.Proposal{} }},
		"stabilization: a recommendation of the last 5m0s is 10": {spec: stabilized, items: 2, change: func(_ *engine.Spec, d *engine.Decision) { d.Desired = 9 }},
		"hold: 10 were required within the hold of 10m0s; damped: false": {items: 0, change: func(s *engine.Spec, _ *engine.Decision) {
			s.Damping = &damping.Spec{Hold: 10 * time.Minute}
		}},
		"dead band: 7.5 were required, and it begins at 7": {
			spec: func(s *engine.Spec) { s.Damping = &damping.Spec{} }, items: 7,
			change: func(s *engine.Spec, d *engine.Decision) { s.Damping.DeadBandDown, d.Damping.Required = 0.3, 7.5 },
		},
		"rate: scale-down is allowed to 6": {
			items: 2,
			change: func(s *engine.Spec, _ *engine.Decision) {
				s.HasBehavior, s.Down.Select, s.Down.Policies = true, engine.SelectMax, []engine.RatePolicy{{Value: 2, Period: time.Minute}}
			},
		},
		"rate: scale-up is allowed to 20": {items: 40, change: func(_ *engine.Spec, d *engine.Decision) { d.Desired = 21 }},
		"capacity: the limit goes from 20 to 9": {items: 10, change: func(_ *engine.Spec, d *engine.Decision) {
			d.Steps = append(d.Steps, engine.Step{Kind: engine.StepCapacity, From: 20, To: 9})
		}},
		"steps: step 1 starts at 9": {items: 2, change: func(_ *engine.Spec, d *engine.Decision) { d.Steps[1].From = 9 }},
		"steps: they end at 2":      {items: 2, change: func(_ *engine.Spec, d *engine.Decision) { d.Desired = 3 }},
	} {
		t.Run(want, func(t *testing.T) {
			spec := &engine.Spec{MinReplicas: 2, MaxReplicas: 40, Metrics: []engine.Metric{queue}}
			if tc.spec != nil {
				tc.spec(spec)
			}
			before := state.Clone()
			before.Damping = damping.State{Time: noon.Add(-time.Second), Replicas: 10, HPAReplicas: 10}
			seen := &engine.Observation{SpecReplicas: 10, Readings: []engine.Reading{{Value: 1000 * tc.items}}}
			d, _ := engine.Decide(spec, before.Clone(), seen, noon)
			var checker invariant.Checker
			checker.Resume(&before)
			if err := checker.Check(spec, seen, &d); err != nil {
				t.Fatalf("of the decision as it is: %v", err)
			}
			tc.change(spec, &d)
			checker = invariant.Checker{}
			checker.Resume(&before)
			if err := checker.Check(spec, seen, &d); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, want %s", err, want)
			}
		})
	}
}
