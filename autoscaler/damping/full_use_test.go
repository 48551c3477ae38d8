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
