package explain_test

import (
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
)

// TestCapacityNamesWhoRefuses in the condition and in the step.
func TestCapacityNamesWhoRefuses(t *testing.T) {
	for want, d := range map[string]engine.Decision{
		"12 of 16 replicas run or start, 4 blocked: pod web-13: 0/3 nodes are available: 3 Too many pods": {
			CapacityLimited: engine.Verdict{Status: engine.True, Reason: engine.ReasonUnschedulable, Message: "0/3 nodes are available: 3 Too many pods."},
			Pods:            engine.PodCounts{Serving: 12, Blocked: 4, Waiting: "web-13"}, Shortage: engine.Shortage{Running: 12, Blocked: 4, Limit: 16},
		},
		"12 of 16 replicas run or start, 4 blocked: pods cannot be created: exceeded quota: pods": {
			CapacityLimited: engine.Verdict{Status: engine.True, Reason: engine.ReasonFailedCreate, Message: "exceeded quota: pods"},
			Pods:            engine.PodCounts{Serving: 12, Uncreated: 4}, Shortage: engine.Shortage{Running: 12, Blocked: 4, Limit: 16},
		},
		"12 of 16 replicas run or start, 4 blocked: the controller creates no pod before pod db-12 is ready": {
			CapacityLimited: engine.Verdict{Status: engine.True, Reason: engine.ReasonPodNotReady},
			Pods:            engine.PodCounts{Serving: 12, Late: 1, Uncreated: 3, Waiting: "db-12"}, Shortage: engine.Shortage{Running: 12, Blocked: 4, Limit: 16},
		},
		"all of 16 replicas run or start": {
			CapacityLimited: engine.Verdict{Status: engine.False, Reason: engine.ReasonCapacityAvailable}, Pods: engine.PodCounts{Serving: 16},
		},
	} {
		d.Current, d.Desired = 16, 16
		if got := explain.CapacityMessage(&d); got != want {
			t.Errorf("message %q, want %q", got, want)
		}
		if d.Shortage.Blocked == 0 {
			continue
		}
		d.Steps = []engine.Step{{Kind: engine.StepPods, From: 16, To: 16, Index: -1}, {Kind: engine.StepCapacity, From: 32, To: 16, Index: -1, Limit: 16}}
		steps := explain.Steps(&engine.Spec{}, &d)
		if got := steps[1].Detail; got != "capacity: "+want+"; no scale-out above 16 → 16" {
			t.Errorf("step %q", got)
		}
		if got := steps[0].Detail; !strings.HasPrefix(got, "pods: 12 serving, ") || d.Pods.Waiting != "" && !strings.HasSuffix(got, "; first one waiting: "+d.Pods.Waiting) {
			t.Errorf("step %q", got)
		}
	}
}
