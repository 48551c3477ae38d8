package explain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
)

func TestConditions(t *testing.T) {
	type condition struct{ Type, Status, Reason, Message string }
	list := func(s *engine.Spec, d *engine.Decision) (got []condition) {
		for _, c := range explain.Conditions(s, d) {
			got = append(got, condition{c.Type, string(c.Status), c.Reason, c.Message})
		}
		return got
	}
	s := spec(func(*engine.Spec) {})

	d, state := engine.Decide(s, engine.State{}, seen(3, 3, 0, 240), noon)
	want := []condition{
		{"AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"},
		{"ScalingActive", "True", "ValidMetricFound", "the autoscaler was able to successfully calculate a replica count from cpu resource utilization (percentage of request)"},
		{"ScalingLimited", "True", "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate"},
	}
	if diff := cmp.Diff(want, list(s, &d)); diff != "" {
		t.Errorf("before the write (-want +got):\n%s", diff)
	}

	engine.RecordScale(state, &d, noon)
	want[0] = condition{"AbleToScale", "True", "SucceededRescale", "the autoscaler was able to update the target scale: scale out from 3 to 6"}
	want = append(want, condition{"ScaledToZero", "False", "NotScaledToZero", "the autoscaler did not scale the target to zero"})
	if diff := cmp.Diff(want, list(s, &d)); diff != "" {
		t.Errorf("after the write (-want +got):\n%s", diff)
	}
	if got, want := explain.Rescale(s, &d), "New size: 6; reason: cpu: utilization 240%, target 80%; 3 ready pods → 9 (direct); scale-up limit: at most 2× or 4 pods per sync; 3 replicas now → 6"; got != want {
		t.Errorf("event %q, want %q", got, want)
	}

	d.AbleToScale = engine.Verdict{Status: engine.False, Reason: "FailedUpdateScale", Message: "forbidden"}
	if got, want := list(s, &d)[0].Message, "the autoscaler was unable to update the target scale: forbidden"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}

	d, _ = engine.Decide(s, engine.State{}, seen(3, 0, 0, 0), noon)
	want = []condition{
		{"AbleToScale", "True", "SucceededGetScale", "the autoscaler was able to get the target's current scale"},
		{"ScalingActive", "False", "FailedGetResourceMetric", "the autoscaler was unable to compute the replica count: cpu resource utilization (percentage of request): no pod matches the target's selector"},
	}
	if diff := cmp.Diff(want, list(s, &d)); diff != "" {
		t.Errorf("without a metric (-want +got):\n%s", diff)
	}
}
