package explain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/schedule"
)

// TestStepDetails has a case for each thing that a step can say and that TestReason does not.
func TestStepDetails(t *testing.T) {
	s := spec(func(s *engine.Spec) {
		s.HasBehavior = true
		s.Up.Stabilization = 90 * time.Minute
		s.Up.Policies = []engine.RatePolicy{{Percent: true, Value: 50, Period: 30 * time.Minute}}
		s.Down.Policies = []engine.RatePolicy{{Value: 3, Period: 2 * time.Hour}}
		s.Windows = []schedule.Window{{Name: "low", Max: 5, HasMax: true}, {Name: "high", Min: 30, HasMin: true}}
	})
	d := &engine.Decision{Current: 4, Min: 1, Max: 30}
	for want, step := range map[string]engine.Step{
		"stabilization: lowest recommendation in the last 1h30m is 4 → 4":                                {Kind: engine.StepStabilization, To: 4, Limit: 4, Code: engine.ReasonScaleUpStabilized},
		"stabilization: lowest recommendation in the last 1h30m is 2; 4 replicas now → 4":                {Kind: engine.StepStabilization, To: 4, Limit: 2, Code: engine.ReasonScaleUpStabilized},
		"scale-up limit: 50% per 30m; 4 replicas now: at most 6 → 6":                                     {Kind: engine.StepRatePolicy, To: 6, Limit: 6, Code: engine.ReasonScaleUpLimit},
		"scale-up limit: 50% per 30m; 4 replicas now, 2 added within 30m: at most 3, so no scale-up → 4": {Kind: engine.StepRatePolicy, To: 4, Limit: 3, Added: 2, Code: engine.ReasonScaleUpLimit},
		"scale-down limit: 3 pods per 2h; 4 replicas now, 3 added and 2 removed within 2h: at least 0 → 0": {
			Kind: engine.StepRatePolicy, To: 0, Limit: 0, Added: 3, Removed: 2, Code: engine.ReasonScaleDownLimit,
		},
		"scale-down limit: 3 pods per 2h; 4 replicas now, 6 removed within 2h: at least 7, so no scale-down → 4": {
			Kind: engine.StepRatePolicy, To: 4, Limit: 7, Removed: 6, Code: engine.ReasonScaleDownLimit,
		},
		"scale-up limit: selectPolicy is Disabled → 4":   {Kind: engine.StepRatePolicy, To: 4, Index: -1, Code: engine.ReasonScaleUpLimit},
		"window low: maximum 1 lowers the minimum → 1":   {Kind: engine.StepWindow, To: 1, Code: engine.ReasonTooFewReplicas},
		"window high: minimum 30 raises the maximum → 3": {Kind: engine.StepWindow, Index: 1, To: 3, Code: engine.ReasonTooManyReplicas},
		"window high: at least 1 replica → 1":            {Kind: engine.StepWindow, Index: 1, To: 1, Code: engine.ReasonTooFewReplicas},
		"highest proposal: cpu → 7":                      {Kind: engine.StepHighest, To: 7},
		"target has 1 replica":                           {Kind: engine.StepCurrent, To: 1},
	} {
		d.Steps = []engine.Step{step}
		if got := explain.Steps(s, d)[0].Detail; got != want {
			t.Errorf("%+v is worded %q, want %q", step, got, want)
		}
	}
}

// TestAwaitedPodsText has a case for each reason to wait.
func TestAwaitedPodsText(t *testing.T) {
	const value = "cpu: utilization 100%, target 80%; 9 ready pods; "
	for want, p := range map[string]engine.Proposal{
		"full use shows no higher load; waiting for 1 pod on its way → 15":              {FullUse: true, Awaited: 1},
		"full use shows no higher load; waiting for 6 pods on their way → 15":           {FullUse: true, Awaited: 6},
		"the pods were at full use within the window of the value; scale-out held → 15": {Awaited: 6},
	} {
		p.Known, p.Current, p.Ready, p.Hold, p.Replicas = true, 100, 9, engine.HoldAwaitedPods, 15
		d := &engine.Decision{Current: 15, Proposals: []engine.Proposal{p}, Steps: []engine.Step{{Kind: engine.StepMetric, To: 15}}}
		if got := explain.Steps(spec(func(*engine.Spec) {}), d)[0].Detail; got != value+want {
			t.Errorf("worded %q, want %q", got, value+want)
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

// TestDampingSteps has a case for each thing that damping can say.
func TestDampingSteps(t *testing.T) {
	s := spec(func(*engine.Spec) {})
	for want, tc := range map[string]struct {
		recommendation damping.Recommendation
		step           engine.Step
	}{
		"damping: load 8.1 replicas at target; required 8.1 → 9": {damping.Recommendation{Load: 8.05, LimitedLoad: 8.05, Required: 8.001, Replicas: 9}, engine.Step{To: 9}},
		"damping: load 0 replicas at target; required 0; highest requirement in the 20m hold 11.5 → 12": {
			damping.Recommendation{HoldReason: damping.HoldRecentRequirement, HighestRequired: 11.5, Hold: 20 * time.Minute, Replicas: 12}, engine.Step{To: 12},
		},
		"damping: load 9 replicas at target; required 9; within the dead band around 10 → 10": {
			damping.Recommendation{Load: 9, LimitedLoad: 9, Required: 9, HighestRequired: 9, HoldReason: damping.HoldWithinDeadBand, Replicas: 10}, engine.Step{To: 10},
		},
		"damping: load 3 replicas at target; required 3; highest requirement in the 1m hold 9, within the dead band around 10 → 10": {
			damping.Recommendation{Load: 3, LimitedLoad: 3, Required: 3, HighestRequired: 9, Hold: time.Minute, HoldReason: damping.HoldWithinDeadBand, Replicas: 10}, engine.Step{To: 10},
		},
		"damping: load 40 replicas at target; 6 counted until the surge is confirmed; required 6; a load above the surge limit never scales in → 10": {
			damping.Recommendation{Load: 40, LimitedLoad: 6, Required: 6, HighestRequired: 6, HoldReason: damping.HoldUnconfirmedSurge, Replicas: 10}, engine.Step{To: 10},
		},
		"damping: load 5 replicas at target; forecast in 1m5s: 6.2; safety 0.5; required 6.7; a batch requires 8 → 8": {
			damping.Recommendation{Load: 5, LimitedLoad: 5, Horizon: 65 * time.Second, Forecast: 6.2, SafetyStock: 0.5, Required: 6.7, HighestRequired: 6.7, Replicas: 7}, engine.Step{To: 8, Code: engine.ReasonBatchPlanned},
		},
		"damping: load 14.3 replicas at target; pods at full use; required 14.3 → 15": {
			damping.Recommendation{Load: 14.286, LimitedLoad: 14.286, FullUse: true, Required: 14.286, HighestRequired: 14.286, Replicas: 15}, engine.Step{To: 15},
		},
		"damping: no metric has a value; fallback 5; highest requirement in the 10m hold 7.3 → 8": {
			damping.Recommendation{NoLoad: true, Required: 5, HighestRequired: 7.25, Hold: 10 * time.Minute, HoldReason: damping.HoldRecentRequirement, Replicas: 8}, engine.Step{To: 8},
		},
		"damping: load 2 replicas at target; required 2; a fallback requires 5 → 5":              {damping.Recommendation{Load: 2, LimitedLoad: 2, Required: 2, HighestRequired: 2, Replicas: 2}, engine.Step{To: 5, Code: engine.ReasonFallback}},
		"damping: load 2 replicas at target; required 2; an unknown metric never scales in → 10": {damping.Recommendation{Load: 2, LimitedLoad: 2, Required: 2, HighestRequired: 2, Replicas: 2}, engine.Step{To: 10, Code: engine.ReasonMetricUnknown}},
		"damping: load 2 replicas at target; required 2; a partial value never scales in → 10":   {damping.Recommendation{Load: 2, LimitedLoad: 2, Required: 2, HighestRequired: 2, Replicas: 2}, engine.Step{To: 10, Code: engine.ReasonMetricPartial}},
	} {
		tc.step.Kind = engine.StepDamping
		d := &engine.Decision{Current: 10, Damping: tc.recommendation, Steps: []engine.Step{tc.step}}
		if got := explain.Steps(s, d)[0].Detail; got != want {
			t.Errorf("worded %q, want %q", got, want)
		}
	}
}
