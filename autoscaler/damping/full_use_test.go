package damping_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// TestFullUse: at full use the requirement is the load, whatever the rules of the profiles make of it. An idle target requires nothing.
func TestFullUse(t *testing.T) {
	for name, profile := range map[string]damping.Spec{
		"Balanced": damping.Balanced(), "Responsive": damping.Responsive(), "Thrifty": damping.Thrifty(), "Steady": damping.Steady(),
	} {
		t.Run(name, func(t *testing.T) {
			var state damping.State
			var r damping.Recommendation
			for i, load := range []float64{10, 10, 11.4, 12.9, 14.3} {
				o := damping.Observation{Load: load, Current: 13, LoadAge: 45 * time.Second, StartupTime: 2 * time.Minute, FullUse: i > 3}
				r, state = damping.Recommend(&profile, state, &o, noon.Add(time.Duration(i)*period))
			}
			if r.Replicas != 15 || r.Required != 14.3 || !r.FullUse {
				t.Errorf("recommended %d, required %g: %+v", r.Replicas, r.Required, r)
			}
			o := damping.Observation{Load: 14.3, Current: 13, FullUse: true, Idle: true}
			if r, _ := damping.Recommend(&profile, state, &o, noon.Add(5*period)); r.Required != 0 || r.FullUse {
				t.Errorf("idle, required %g: %+v", r.Required, r)
			}
		})
	}
}

// TestFullUseOfUnevenStarts: pods at full use whose starts differ follow an HPA of the same pods, within the scale-up limit and the
// surge limit. Even starts wait for the pods on their way.
func TestFullUseOfUnevenStarts(t *testing.T) {
	for name, tc := range map[string]struct {
		proposed int32
		even     bool
		cost     float64
		want     int32
	}{
		"an HPA's next count":         {19, false, 1, 19},
		"far beyond the cost bound":   {19, false, 1.5, 19},
		"even starts":                 {19, true, 1, 15},
		"a lower proposal":            {12, false, 1, 15},
		"beyond the scale-up limit":   {60, false, 1, 26},
		"a metric without a proposal": {0, false, 1, 15},
	} {
		t.Run(name, func(t *testing.T) {
			spec, state := damping.Balanced(), damping.State{}
			var r damping.Recommendation
			for i, load := range []float64{10, 14.3} {
				o := damping.Observation{Load: load, Current: 13, LoadAge: 45 * time.Second, StartupTime: 2 * time.Minute, Tolerance: 0.1, Stabilization: 5 * time.Minute}
				if i > 0 {
					o.FullUse, o.Proposed, o.EvenStarts = true, tc.proposed, tc.even
					state.PodSeconds, state.HPAPodSeconds = 1e6*tc.cost, 1e6
				}
				r, state = damping.Recommend(&spec, state, &o, noon.Add(time.Duration(i)*period))
			}
			if r.Replicas != tc.want {
				t.Errorf("got %d replicas, want %d: %+v", r.Replicas, tc.want, r)
			}
		})
	}
}
