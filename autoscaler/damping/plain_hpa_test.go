package damping_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// plainHPA runs damping on observations, sync by sync, with a target that stays at 10 replicas, and returns the count of the plain HPA.
func plainHPA(length time.Duration, observe func(elapsed time.Duration) damping.Observation) int32 {
	spec, state := damping.Balanced(), damping.State{}
	for elapsed := time.Duration(0); elapsed <= length; elapsed += period {
		o := observe(elapsed)
		o.Current, o.LoadAge, o.StartupTime = 10, 45*time.Second, max(o.StartupTime, 30*time.Second)
		o.Tolerance, o.Stabilization = 0.1, 5*time.Minute
		_, state = damping.Recommend(&spec, state, &o, noon.Add(elapsed))
	}
	return state.HPAReplicas
}

// TestPlainHPA: the plain HPA beside damping has upstream's rules.
func TestPlainHPA(t *testing.T) {
	full := func(load float64) func(time.Duration) damping.Observation {
		return func(elapsed time.Duration) damping.Observation {
			return damping.Observation{Load: step(9, load, time.Minute)(elapsed), PerPod: true, MaxRatio: 1.25, Window: time.Minute}
		}
	}
	slow := func(time.Duration) damping.Observation {
		return damping.Observation{Load: 12.5, Full: true, PerPod: true, MaxRatio: 1.25, Window: time.Minute, StartupTime: 20 * time.Minute}
	}
	for name, tc := range map[string]struct {
		length  time.Duration
		observe func(time.Duration) damping.Observation
		want    int32
	}{
		// Pods show at most 1.25 times their target: 10, then 13, 17, … as new pods get ready. The backlog of this
		// time keeps them full for longer than the load does.
		"full pods show a part of the load":      {75 * time.Second, full(60), 13},
		"full pods do not hide the load forever": {15 * time.Minute, full(60), 56},
		"full pods, whose load the engine limits": {75 * time.Second, func(time.Duration) damping.Observation {
			return damping.Observation{Load: 9, Full: true, PerPod: true, MaxRatio: 1.25, Window: time.Minute}
		}, 13},
		"pods that start count after five minutes only":                      {285 * time.Second, slow, 13},
		"pods that start for more than five minutes have the use of a start": {6 * time.Minute, slow, 17},
		"the maximum": {time.Hour, func(time.Duration) damping.Observation {
			return damping.Observation{Load: 50, UpperBound: 20}
		}, 20},
		"the minimum": {time.Hour, func(time.Duration) damping.Observation {
			return damping.Observation{Load: 1, LowerBound: 7}
		}, 7},
		"a load above the surge limit": {time.Minute, func(elapsed time.Duration) damping.Observation {
			return damping.Observation{Load: step(9, 90, time.Minute)(elapsed)}
		}, 20},
		"the highest proposal of the stabilization, beyond the scale-up limit": {2 * time.Minute, func(elapsed time.Duration) damping.Observation {
			return damping.Observation{Load: step(90, 9, 30*time.Second)(elapsed)}
		}, 90},
		"no load": {10 * time.Minute, func(elapsed time.Duration) damping.Observation {
			return damping.Observation{Load: step(10, 0, time.Minute)(elapsed)}
		}, 1},
		"no load that keeps a replica": {10 * time.Minute, func(elapsed time.Duration) damping.Observation {
			return damping.Observation{Load: step(10, 0, time.Minute)(elapsed), Idle: elapsed >= time.Minute}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := plainHPA(tc.length, tc.observe); got != tc.want {
				t.Errorf("got %d replicas, want %d", got, tc.want)
			}
		})
	}
}

// TestStateBeforeHPACounts: a state of a version without a history of the plain HPA's counts keeps its count.
func TestStateBeforeHPACounts(t *testing.T) {
	spec := damping.Balanced()
	state := damping.State{
		Time: noon.Add(-period), Level: 12, ConfirmedLoad: 12, UsualLoad: 12, Replicas: 15, HPAReplicas: 12,
		PodSeconds: 15_000, HPAPodSeconds: 12_000,
	}
	o := damping.Observation{Load: 12, Current: 15, LoadAge: 45 * time.Second, PerPod: true, MaxRatio: 1.25, Window: time.Minute, Tolerance: 0.1, Stabilization: 5 * time.Minute}
	r, next := damping.Recommend(&spec, state, &o, noon)
	if next.HPAReplicas != 12 || len(next.HPACounts) != 1 || r.CostRatio < 1.2 || !(next.LaterSeconds < 0) {
		t.Errorf("the plain HPA has %d replicas, its counts are %v, the ratio of the costs is %g, later by %g s", next.HPAReplicas, next.HPACounts, r.CostRatio, next.LaterSeconds)
	}
}
