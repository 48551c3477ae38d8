package damping_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// bounds returns a spec with a headroom, which requires 12 replicas for a load of 15, and the two bounds.
func bounds() damping.Spec {
	return damping.Spec{Headroom: 1.25, ServiceBound: 0.0025, CostBound: 0.08, CostWindow: 6 * time.Hour}
}

// recommendWith returns the recommendation for a load of 15 after a state.
func recommendWith(spec damping.Spec, state damping.State, o damping.Observation) damping.Recommendation {
	state.Time, state.Level, state.ConfirmedLoad, state.UsualLoad, state.Replicas = noon.Add(-period), 15, 15, 15, o.Current
	state.HPAReplicas = 15
	o.Load, o.LoadAge, o.StartupTime, o.Tolerance, o.Stabilization = 15, 45*time.Second, 30*time.Second, 0.1, 5*time.Minute
	r, _ := damping.Recommend(&spec, state, &o, noon)
	return r
}

// TestServiceBound: a target starts as the plain HPA, and goes below it only while its credit covers a dead time, here 75 s.
func TestServiceBound(t *testing.T) {
	for name, tc := range map[string]struct {
		state damping.State
		idle  bool
		want  int32
		why   damping.HoldReason
	}{
		"a new target":                    {damping.State{}, false, 15, damping.RaisedToHPA},
		"a day that was never late":       {damping.State{ComparedSeconds: 86_400}, false, 12, 0},
		"a day, later by ten minutes":     {damping.State{ComparedSeconds: 86_400, LaterSeconds: 600}, false, 15, damping.RaisedToHPA},
		"an hour, earlier by two minutes": {damping.State{ComparedSeconds: 3600, LaterSeconds: -120}, false, 12, 0},
		"a target that needs no replica":  {damping.State{}, true, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := recommendWith(bounds(), tc.state, damping.Observation{Current: 15, Idle: tc.idle})
			if r.Replicas != tc.want || r.HoldReason != tc.why {
				t.Errorf("got %d replicas, reason %d, credit %s, want %d and reason %d", r.Replicas, r.HoldReason, r.ServiceCredit, tc.want, tc.why)
			}
		})
	}
}

// TestServiceBoundOfProposals: without a credit the count is at least what an HPA proposes for the target's own pods, which the model of
// the plain HPA can miss.
func TestServiceBoundOfProposals(t *testing.T) {
	for name, tc := range map[string]struct {
		state damping.State
		want  int32
	}{
		"without a credit": {damping.State{}, 15},
		"with a credit":    {damping.State{ComparedSeconds: 86_400}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			state := tc.state
			state.Time, state.Level, state.ConfirmedLoad, state.UsualLoad = noon.Add(-period), 15, 15, 15
			state.HPAReplicas, state.Replicas, state.PodSeconds, state.HPAPodSeconds = 9, 12, 1e6, 1e6
			spec := bounds()
			spec.SurgeLimit = 3
			r, _ := damping.Recommend(&spec, state, &damping.Observation{
				Load: 15, Current: 12, Proposed: 15, PerPod: true, MaxRatio: 1.43, LoadAge: 45 * time.Second, StartupTime: 30 * time.Second,
				Tolerance: 0.1, Stabilization: 5 * time.Minute,
			}, noon)
			if r.Replicas != tc.want {
				t.Errorf("got %d replicas, want %d: %+v", r.Replicas, tc.want, r)
			}
		})
	}
}

// TestServiceBoundKeepsSurgeLimit: the plain HPA follows a wrong value, and the service bound does not.
func TestServiceBoundKeepsSurgeLimit(t *testing.T) {
	spec := damping.Balanced()
	for _, n := range play(&spec, 10, 20*time.Minute, step(10, 100, 18*time.Minute)) {
		if n > 30 {
			t.Fatalf("10 replicas became %d within two minutes of a tenfold value, want at most 30", n)
		}
	}
}

// TestCostBoundLimitsRequirement: beyond the cost bound no reserve is required, and the limit stays until the cost is well below it.
func TestCostBoundLimitsRequirement(t *testing.T) {
	for name, tc := range map[string]struct {
		ratio   float64
		limited bool
		want    bool
	}{
		"below the bound":              {1.07, false, false},
		"beyond the bound":             {1.09, false, true},
		"again below, but not by much": {1.07, true, true},
		"again well below":             {1.06, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			spec := bounds()
			spec.SafetyFactor = 1
			r := recommendWith(spec, damping.State{
				ComparedSeconds: 86_400, SquaredShortfall: 100, PodSeconds: 1e6 * tc.ratio, HPAPodSeconds: 1e6, CostLimited: tc.limited,
			}, damping.Observation{Current: 15})
			// A safety of 10 requires 20 replicas; the plain HPA has 15.
			if r.CostLimited != tc.want || (r.Required <= 15) != tc.want {
				t.Errorf("limited: %t, required %g, want limited: %t", r.CostLimited, r.Required, tc.want)
			}
		})
	}
}
