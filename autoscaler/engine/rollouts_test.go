package engine_test

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// rollouts are the rollouts of Deployments, StatefulSets and Argo Rollouts, by phase. After the last one the canary is promoted,
// unless it has no pods.
var rollouts = map[string][]phase{
	"rolling update": {
		{1, 0.2, equal, 40 * time.Second},
		{0.8, 0.4, equal, 40 * time.Second},
		{0.6, 0.6, equal, 40 * time.Second},
		{0.4, 0.8, equal, 40 * time.Second},
		{0.2, 1, equal, 40 * time.Second},
		{0, 1, equal, 2 * time.Minute},
	},
	"full surge":         {{1, 1, equal, 2 * time.Minute}, {0, 1, equal, 3 * time.Minute}},
	"full surge, undone": {{1, 1, equal, 2 * time.Minute}, {1, 0, equal, 3 * time.Minute}},
	"paused":             {{1, 0.2, equal, time.Minute}, {0.8, 0.4, equal, 20 * time.Minute}, {0.8, 1, equal, time.Minute}, {0, 1, equal, 3 * time.Minute}},
	"blue-green": {
		{1, 1, 0, 3 * time.Minute}, {1, 1, 1, 30 * time.Second}, {0, 1, 1, 3 * time.Minute},
	},
	"blue-green, at once": {{1, 1, 0, 2 * time.Minute}, {0, 1, 1, 3 * time.Minute}},
	"blue-green, rolled back": {
		{1, 1, 0, 3 * time.Minute}, {1, 1, 1, 45 * time.Second}, {1, 1, 0, 30 * time.Second}, {1, 0, 0, 3 * time.Minute},
	},
	"canary": {
		{1, 0.01, 0.01, time.Minute}, {1, 0.1, 0.1, time.Minute}, {1, 0.65, 0.65, 10 * time.Minute}, {1, 1, 1, 30 * time.Second}, {0, 1, 1, 3 * time.Minute},
	},
	"canary of full size": {
		{1, 1, 0.05, 10 * time.Minute}, {1, 1, 0.5, 2 * time.Minute}, {1, 1, 1, 30 * time.Second}, {0, 1, 1, 3 * time.Minute},
	},
	"canary, aborted":         {{1, 0.65, 0.65, 5 * time.Minute}, {1, 0.65, 0, 30 * time.Second}, {1, 0, 0, 3 * time.Minute}},
	"canary, aborted at once": {{1, 0.65, 0.65, 5 * time.Minute}, {1, 0, 0, 3 * time.Minute}},
}

// shortRollouts have fewer serving pods than replicas for some time: those that remain have more than their share.
var shortRollouts = map[string][]phase{
	"rolling update with unavailable pods": {
		{0.8, 0.2, equal, 40 * time.Second},
		{0.6, 0.4, equal, 40 * time.Second},
		{0.4, 0.6, equal, 40 * time.Second},
		{0.2, 0.8, equal, 40 * time.Second},
		{0, 1, equal, 2 * time.Minute},
	},
	"pods deleted before they are created": {
		{0.9, 0, equal, 20 * time.Second},
		{0.9, 0.1, equal, 60 * time.Second},
		{0.8, 0.1, equal, 20 * time.Second},
		{0.8, 0.2, equal, 60 * time.Second},
		{0.8, 0, equal, 20 * time.Second},
		{1, 0, equal, 2 * time.Minute},
	},
	"canary, the stable pods shrink": {
		{0.9, 0.1, 0.1, time.Minute}, {0.5, 0.5, 0.5, 5 * time.Minute}, {0, 1, 1, 3 * time.Minute},
	},
}

var rolloutMetrics = map[string]engine.Metric{
	"CPU":      {Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80},
	"per pod":  {Type: engine.Pods, Name: "rps", TargetType: engine.AverageValue, Target: 1_000_000},
	"external": {Type: engine.External, Name: "rps", TargetType: engine.AverageValue, Target: 1_000_000},
	"query":    {Type: engine.Prometheus, Query: "sum", TargetType: engine.AverageValue, Target: 1_000_000},
	"mean":     {Type: engine.Prometheus, Query: "avg", TargetType: engine.Value, Target: 1_000_000},
}

// TestRolloutsDoNotScale: under a steady load, which is within the tolerance, no rollout changes the replicas in any phase, by any
// kind of metric, with and without stabilization.
func TestRolloutsDoNotScale(t *testing.T) {
	for name, phases := range rollouts {
		for kind := range rolloutMetrics {
			for _, load := range []float64{0.95, 1, 1.05} {
				for _, stabilization := range []time.Duration{0, 5 * time.Minute} {
					playRollout(t, name, phases, kind, load, stabilization)
				}
			}
		}
	}
}

// TestShortRolloutsDoNotScale: neither does a rollout that leaves too few serving pods for a while, with the default stabilization.
// Its load is at the target: the remaining pods are overloaded, so that a load above it can scale out.
func TestShortRolloutsDoNotScale(t *testing.T) {
	for name, phases := range shortRollouts {
		for kind := range rolloutMetrics {
			playRollout(t, name, phases, kind, 1, 5*time.Minute)
		}
	}
}

// TestCanaryLoop: of the loop in argo-rollouts#4868, in which the status counts the stable pods and the canary, and the stable pods
// follow the replicas, nothing is left over 20 periods. Upstream runs into it.
func TestCanaryLoop(t *testing.T) {
	for _, without := range []engine.Correction{0, engine.AllCorrections} {
		s := rolloutSpec(rolloutMetrics["external"], 5*time.Minute)
		s.Without = without
		w := newRolloutWorld(s, 100, 100)
		w.phase = phase{1, 0.05, 0.05, 0}
		changes := 0
		for range 20 {
			if d := w.tick(); d.Desired != d.Current {
				changes++
			}
		}
		if upstream := without != 0; upstream != (changes > 0) || upstream != (w.replicas > 100) {
			t.Errorf("without %s: %d changes, to %d replicas", without, changes, w.replicas)
		}
	}
}

// TestScaleInAfterARollout: a load that halves during a rollout scales in once no sample reaches back to the pods that left.
func TestScaleInAfterARollout(t *testing.T) {
	for kind, metric := range rolloutMetrics {
		w := newRolloutWorld(rolloutSpec(metric, 0), 20, 20)
		for _, p := range rollouts["blue-green"][:2] {
			w.phase = p
			w.tick()
			w.tick()
			w.tick()
		}
		w.phase, w.load = phase{0, 1, 1, 0}, 10
		for range 8 { // the drain, the window and the lag
			w.tick()
		}
		if w.replicas > 11 {
			t.Errorf("by %s: %d replicas two minutes after the old pods left, with a load of 10", kind, w.replicas)
		}
	}
}

// TestFailedRolloutsDoNotScale: the pods of the new version are never ready, and the rollout is undone.
func TestFailedRolloutsDoNotScale(t *testing.T) {
	for kind, metric := range rolloutMetrics {
		for _, replicas := range []int32{3, 10, 37} {
			w := newRolloutWorld(rolloutSpec(metric, 0), replicas, float64(replicas))
			w.neverReady = true
			phases := []phase{{1, 0.3, 0.3, 10 * time.Minute}, {1, 1, 0, 10 * time.Minute}, {1, 0, equal, 3 * time.Minute}}
			if problem := w.play(phases); problem != "" {
				t.Errorf("by %s, %d replicas: %s", kind, replicas, problem)
			}
		}
	}
}

// TestRolloutsScaleWithoutTheCorrection: upstream changes the replicas in most of the rollouts.
func TestRolloutsScaleWithoutTheCorrection(t *testing.T) {
	changed := 0
	for _, phases := range rollouts {
		for _, metric := range rolloutMetrics {
			s := rolloutSpec(metric, 0)
			s.Without = engine.AllCorrections
			if newRolloutWorld(s, 10, 9.5).play(phases) != "" {
				changed++
			}
		}
	}
	if all := len(rollouts) * len(rolloutMetrics); 2*changed < all {
		t.Errorf("%d of %d rollouts change the replicas: the worlds show too little", changed, all)
	}
}

func rolloutSpec(m engine.Metric, stabilization time.Duration) *engine.Spec {
	s := spec(m)
	s.MinReplicas, s.MaxReplicas, s.Down.Stabilization = 1, 200, stabilization
	s.Up.Tolerance, s.Down.Tolerance = 0.1, 0.1
	return s
}

func playRollout(t *testing.T, name string, phases []phase, kind string, load float64, stabilization time.Duration) {
	t.Helper()
	sizes := []int32{3, 10}
	if load == 0.95 && stabilization == 0 {
		sizes = append(sizes, 37) // the worst case: its numbers are rounded
	}
	for _, replicas := range sizes {
		w := newRolloutWorld(rolloutSpec(rolloutMetrics[kind], stabilization), replicas, load*float64(replicas))
		if problem := w.play(phases); problem != "" {
			t.Errorf("%s by %s, %d replicas, load %g, stabilization %s: %s", name, kind, replicas, load, stabilization, problem)
		}
	}
}

// play returns the first change of the replicas; empty for none.
func (w *rolloutWorld) play(phases []phase) string {
	for range 4 {
		if d := w.tick(); d.Desired != d.Current {
			return fmt.Sprintf("before the rollout: %d → %d", d.Current, d.Desired)
		}
	}
	for i, p := range phases {
		w.phase = p
		for range p.lasts / (15 * time.Second) {
			if d := w.tick(); d.Desired != d.Current {
				return fmt.Sprintf("phase %d at %d s: %d → %d, %+v", i, w.second, d.Current, d.Desired, d.Proposals[0])
			}
		}
	}
	if w.phase.canary > 0 {
		w.promote()
	}
	for range 8 {
		if d := w.tick(); d.Desired != d.Current {
			return fmt.Sprintf("after the rollout: %d → %d", d.Current, d.Desired)
		}
	}
	return ""
}
