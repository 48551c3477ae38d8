package explain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/schedule"
)

// TestStepDetails has a case for each thing that a step can say and that TestReason does not.
func TestStepDetails(t *testing.T) {
	s := spec(func(s *engine.Spec) {
		s.HasBehavior = true
		s.Up.Stabilisation = 90 * time.Minute
		s.Up.Policies = []engine.RatePolicy{{Percent: true, Value: 50, Period: 30 * time.Minute}}
		s.Down.Policies = []engine.RatePolicy{{Value: 3, Period: 2 * time.Hour}}
		s.Windows = []schedule.Window{{Name: "low", Max: 5, HasMax: true}, {Name: "high", Min: 30, HasMin: true}}
	})
	d := &engine.Decision{Min: 1, Max: 30}
	for want, step := range map[string]engine.Step{
		"a lower wish of the last 1h30m holds → 4":              {Kind: engine.StepStabilisation, To: 4, Code: engine.ReasonScaleUpStabilized},
		"rate policy: scale up by at most 50% in 30m → 4":       {Kind: engine.StepRatePolicy, To: 4, Code: engine.ReasonScaleUpLimit},
		"rate policy: scale down by at most 3 pods in 2h → 4":   {Kind: engine.StepRatePolicy, To: 4, Code: engine.ReasonScaleDownLimit},
		"scaling up is disabled → 4":                            {Kind: engine.StepRatePolicy, To: 4, Index: -1, Code: engine.ReasonScaleUpLimit},
		"window low lowers the floor to its ceiling of 1 → 1":   {Kind: engine.StepWindow, To: 1, Code: engine.ReasonTooFewReplicas},
		"window high raises the ceiling to its floor of 30 → 3": {Kind: engine.StepWindow, Index: 1, To: 3, Code: engine.ReasonTooManyReplicas},
		"window high sets at least 1 → 1":                       {Kind: engine.StepWindow, Index: 1, To: 1, Code: engine.ReasonTooFewReplicas},
		"the largest proposal is taken, that of cpu → 7":        {Kind: engine.StepMerge, To: 7},
		"the target has 1 replica":                              {Kind: engine.StepCurrent, To: 1},
	} {
		d.Steps = []engine.Step{step}
		if got := explain.Steps(s, d)[0].Detail; got != want {
			t.Errorf("%+v is worded %q, want %q", step, got, want)
		}
	}
}

// TestMetricNames has a case for each kind of metric, in the condition that names the one that was followed.
func TestMetricNames(t *testing.T) {
	long := strings.Repeat("a+", 60) + "a"
	for want, m := range map[string]engine.Metric{
		"cpu resource utilization (percentage of request)":           {Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization},
		"cpu container resource utilization (percentage of request)": {Type: engine.ContainerResource, Name: "cpu", TargetType: engine.Utilization},
		"memory resource":          {Type: engine.Resource, Name: "memory", TargetType: engine.AverageValue},
		"pods metric requests":     {Type: engine.Pods, Name: "requests", TargetType: engine.AverageValue},
		"Ingress metric requests":  {Type: engine.Object, Name: "requests", TargetType: engine.Value, Object: engine.ObjectRef{Kind: "Ingress"}},
		"external metric queue":    {Type: engine.External, Name: "queue", TargetType: engine.Value},
		"query sum( rate(a[1m]))":  {Type: engine.Prometheus, Query: "sum(\n  rate(a[1m]))", TargetType: engine.Value},
		"query " + long[:80] + "…": {Type: engine.Prometheus, Query: long, TargetType: engine.Value},
	} {
		s := spec(func(s *engine.Spec) { s.Metrics = []engine.Metric{m} })
		d := &engine.Decision{ScalingActive: engine.Verdict{Status: engine.True, Reason: engine.ReasonValidMetricFound}}
		want = "the autoscaler was able to successfully calculate a replica count from " + want
		if diff := cmp.Diff(want, explain.Conditions(s, d)[0].Message); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
	}
}
