package engine_test

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// noRoom is the message of a scheduler.
const noRoom = "0/3 nodes are available: 3 Too many pods."

// withBlocked returns pods of which the last ones are blocked.
func withBlocked(serving, blocked int, obstacle engine.Obstacle) []engine.Pod {
	all := pods(serving)
	for i := range blocked {
		all = append(all, engine.Pod{
			Name: fmt.Sprint("blocked-", i), Phase: engine.Pending, Readiness: engine.NoReadyCondition, Obstacle: obstacle,
		})
	}
	return all
}

// TestBlockedPodsLimitScaleOut: a queue of 40 replicas on a target of 16, of which 12 run.
func TestBlockedPodsLimitScaleOut(t *testing.T) {
	late := withBlocked(12, 4, engine.NoObstacle)
	for i := 12; i < 16; i++ {
		late[i].Started = noon.Add(-time.Hour)
	}
	onLostNode := pods(16)
	for i := range 4 {
		onLostNode[i].Readiness, onLostNode[i].ReadySince, onLostNode[i].Lost = engine.NotReady, noon.Add(-time.Minute), true
	}
	superseded := withBlocked(12, 4, engine.CrashLoop)
	for i := 12; i < 16; i++ {
		superseded[i].Superseded = true
	}
	for name, tc := range map[string]struct {
		pods   []engine.Pod
		change func(*engine.Spec, *engine.Observation, *engine.State)
		want   int32
		reason string
	}{
		"no room":                          {pods: withBlocked(12, 4, engine.Unschedulable), want: 16, reason: "Unschedulable"},
		"an unbound volume claim":          {pods: withBlocked(12, 4, engine.VolumeUnbound), want: 16, reason: "VolumeUnbound"},
		"no image":                         {pods: withBlocked(12, 4, engine.ImageUnavailable), want: 16, reason: "ImageUnavailable"},
		"no ConfigMap":                     {pods: withBlocked(12, 4, engine.ContainerError), want: 16, reason: "ContainerError"},
		"a crash loop":                     {pods: withBlocked(12, 4, engine.CrashLoop), want: 16, reason: "CrashLoop"},
		"nothing runs":                     {pods: withBlocked(0, 16, engine.ImageUnavailable), want: 16, reason: "ImageUnavailable"},
		"all serve":                        {pods: pods(16), want: 32},
		"four start":                       {pods: withBlocked(12, 4, engine.NoObstacle), want: 32},
		"four are late":                    {pods: late, want: 32},
		"four are not created yet":         {pods: pods(12), want: 32},
		"a rollout that fails":             {pods: superseded, want: 32},
		"blocked pods beyond the replicas": {pods: withBlocked(16, 4, engine.Unschedulable), want: 32},
		"a quota": {pods: pods(12), want: 16, reason: "FailedCreate", change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) {
			o.Refused = "exceeded quota: pods"
		}},
		"a quota that has room again": {pods: pods(12), want: 17, reason: "FailedCreate", change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) {
			o.Refused, o.QuotaHasRoom = "exceeded quota: pods", true
		}},
		"a quota that nothing needs": {pods: pods(16), want: 32, change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) {
			o.Refused = "exceeded quota: pods"
		}},
		"a StatefulSet whose newest pod has no volume": {
			pods: withBlocked(12, 1, engine.VolumeUnbound), want: 16, reason: "VolumeUnbound",
			change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) { o.Ordered = true },
		},
		"a StatefulSet whose newest pod is late": {
			pods: late[:13], want: 16, reason: "PodNotReady",
			change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) { o.Ordered = true },
		},
		"a StatefulSet with pods of a lost node": {
			pods: onLostNode, want: 16, reason: "PodNotReady",
			change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) { o.Ordered = true },
		},
		"a StatefulSet with pods of a lost node, and a load for 16": {
			pods: onLostNode, want: 16, reason: "PodNotReady",
			change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) {
				o.Ordered, o.Readings[0].Value = true, 16_000
			},
		},
		"a StatefulSet that grows": {
			pods: withBlocked(12, 1, engine.NoObstacle), want: 32,
			change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) { o.Ordered = true },
		},
		"without the correction": {
			pods: withBlocked(12, 4, engine.Unschedulable), want: 32, reason: "Unschedulable",
			change: func(s *engine.Spec, _ *engine.Observation, _ *engine.State) { s.Without = engine.BlockedPods },
		},
		"pending pods bring nodes": {
			pods: withBlocked(12, 4, engine.Unschedulable), want: 22,
			change: func(s *engine.Spec, _ *engine.Observation, _ *engine.State) { s.MaxPendingPods = 10 },
		},
		"pending pods bring no image": {
			pods: withBlocked(12, 4, engine.ImageUnavailable), want: 16, reason: "ImageUnavailable",
			change: func(s *engine.Spec, _ *engine.Observation, _ *engine.State) { s.MaxPendingPods = 10 },
		},
		"a fallback": {
			pods: withBlocked(12, 4, engine.Unschedulable), want: 20, reason: "Unschedulable",
			change: func(s *engine.Spec, o *engine.Observation, state *engine.State) {
				s.Fallback = &engine.Fallback{After: time.Minute, Replicas: 20, Behavior: engine.FallbackStatic}
				o.Readings[0] = engine.Reading{Problem: "made up"}
				state.Outages = []engine.Outage{{Metric: s.Metrics[0].Identity(), Since: noon.Add(-time.Hour)}}
			},
		},
		"minReplicas": {
			pods: withBlocked(12, 4, engine.Unschedulable), want: 24, reason: "Unschedulable",
			change: func(s *engine.Spec, _ *engine.Observation, _ *engine.State) { s.MinReplicas = 24 },
		},
		"the load needs less": {
			pods: withBlocked(12, 4, engine.Unschedulable), want: 5, reason: "Unschedulable",
			change: func(_ *engine.Spec, o *engine.Observation, state *engine.State) {
				o.Readings[0].Value = 5000
				state.Recommendations = []engine.Recommendation{{Replicas: 5, Time: noon.Add(-time.Minute)}}
			},
		},
		"unknown pods": {pods: nil, want: 16, change: func(_ *engine.Spec, o *engine.Observation, _ *engine.State) { o.PodsProblem = "made up" }},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &engine.Spec{MinReplicas: 1, MaxReplicas: 100, Metrics: []engine.Metric{
				{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000},
			}}
			seen := &engine.Observation{
				SpecReplicas: 16, StatusReplicas: int32(len(tc.pods)), Pods: tc.pods, Readings: []engine.Reading{{Value: 40_000}}, BlockedBy: noRoom,
			}
			state := engine.State{}
			if tc.change != nil {
				tc.change(spec, seen, &state)
			}
			d, _ := engine.Decide(spec, state, seen, noon)
			if d.Desired != tc.want {
				t.Errorf("16 → %d, want %d: %+v", d.Desired, tc.want, d.Steps)
			}
			if limited := d.CapacityLimited.Status == engine.True; limited != (tc.reason != "") || limited && d.CapacityLimited.Reason != tc.reason {
				t.Errorf("CapacityLimited is %+v, want reason %q", d.CapacityLimited, tc.reason)
			}
		})
	}
}

// TestProbeGrowsSlowly: of 100 replicas 90 run. The probe grows from one pod to nine, one every five minutes, and starts again after
// the pods have run.
func TestProbeGrowsSlowly(t *testing.T) {
	spec := &engine.Spec{MinReplicas: 1, MaxReplicas: 200, Metrics: []engine.Metric{
		{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000},
	}}
	blocked := withBlocked(90, 1, engine.Unschedulable)
	var state engine.State
	for minute := range 60 {
		seen := &engine.Observation{SpecReplicas: 91, StatusReplicas: 91, Pods: blocked, Readings: []engine.Reading{{Value: 150_000}}}
		var d engine.Decision
		d, state = engine.Decide(spec, state, seen, noon.Add(time.Duration(minute)*time.Minute))
		if want := 90 + min(9, int32(1+minute/5)); d.Desired != want {
			t.Fatalf("minute %d: 91 → %d, want %d", minute, d.Desired, want)
		}
	}
	seen := &engine.Observation{SpecReplicas: 91, StatusReplicas: 91, Pods: pods(91), Readings: []engine.Reading{{Value: 150_000}}}
	d, state := engine.Decide(spec, state, seen, noon.Add(time.Hour))
	if d.Desired != 150 || d.CapacityLimited.Status != engine.False || !state.BlockedSince.IsZero() {
		t.Errorf("with room, 91 → %d, CapacityLimited %+v", d.Desired, d.CapacityLimited)
	}
}

// TestRoomInAQuotaIsProbedOnce: of 16 replicas 12 exist. When the quota has room again, the autoscaler requests one more, until it is
// written, and another one only after the quota had no room in between.
func TestRoomInAQuotaIsProbedOnce(t *testing.T) {
	spec := &engine.Spec{MinReplicas: 1, MaxReplicas: 100, Metrics: []engine.Metric{
		{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000},
	}}
	now, replicas, state := noon, int32(16), engine.State{}
	for i, step := range []struct {
		room, lost bool // lost is a write that fails
		want       int32
	}{
		{false, false, 16}, {true, true, 17}, {true, false, 17}, {true, false, 17}, {true, false, 17}, {false, false, 17}, {true, false, 18}, {true, false, 18},
	} {
		seen := &engine.Observation{
			SpecReplicas: replicas, StatusReplicas: 12, Pods: pods(12), Readings: []engine.Reading{{Value: 40_000}},
			Refused: "exceeded quota: pods", QuotaHasRoom: step.room,
		}
		var d engine.Decision
		now = now.Add(15 * time.Second)
		if d, state = engine.Decide(spec, state, seen, now); d.Desired != step.want {
			t.Errorf("step %d: %d → %d, want %d", i, replicas, d.Desired, step.want)
		}
		if !step.lost {
			replicas = d.Desired
		}
	}
	seen := &engine.Observation{SpecReplicas: 18, StatusReplicas: 18, Pods: pods(18), Readings: []engine.Reading{{Value: 40_000}}}
	if d, state := engine.Decide(spec, state, seen, now.Add(15*time.Second)); d.Desired != 36 || state.QuotaProbe != 0 {
		t.Errorf("with all pods, 18 → %d, want 36; %+v", d.Desired, state)
	}
}

// TestLateFollowsTheObservedStarts: pods that start in 20 s are late after half a minute, and of a new autoscaler after the
// initialization period.
func TestLateFollowsTheObservedStarts(t *testing.T) {
	spec := &engine.Spec{MinReplicas: 1, MaxReplicas: 100, CPUInitializationPeriod: 5 * time.Minute, Metrics: []engine.Metric{
		{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000},
	}}
	started := func(n int, took time.Duration) []engine.Pod {
		all := pods(n)
		for i := range all {
			all[i].Started = noon.Add(-time.Hour)
			all[i].ReadySince = all[i].Started.Add(took + time.Duration(i%3)*time.Second)
		}
		return append(all, engine.Pod{Name: "new", Phase: engine.Running, Readiness: engine.NotReady, Started: noon})
	}
	for name, tc := range map[string]struct {
		pods     []engine.Pod
		from, to time.Duration // the pod becomes late between them
	}{
		"starts of 20 s":   {started(30, 20*time.Second), 20 * time.Second, 40 * time.Second},
		"starts of 3 min":  {started(30, 3*time.Minute), 3 * time.Minute, 4 * time.Minute},
		"no observed ones": {started(0, 0), 5 * time.Minute, 6 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			for _, at := range []time.Duration{tc.from, tc.to} {
				seen := &engine.Observation{SpecReplicas: int32(len(tc.pods)), Pods: tc.pods, Readings: []engine.Reading{{Value: 1000}}}
				d, _ := engine.Decide(spec, engine.State{}, seen, noon.Add(at))
				if late := d.Pods.Late == 1; late != (at == tc.to) || d.Pods.Late+d.Pods.Starting != 1 {
					t.Errorf("after %s: %+v", at, d.Pods)
				}
			}
		})
	}
}
