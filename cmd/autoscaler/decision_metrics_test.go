package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"flyball.dev/flyball/autoscaler/controller"
	"flyball.dev/flyball/autoscaler/summary"
)

// TestDecisionMetrics: an unknown value has no series, and is not 0.
func TestDecisionMetrics(t *testing.T) {
	sampled := time.Unix(1790000000, 500e6)
	rows := []summary.Row{
		{Namespace: "shop", Name: "web", Current: 4, Desired: 6, Proposed: new(int32(9)), Min: new(int32(2)), Max: new(int32(6)), Limit: "TooManyReplicas", SampleTime: &sampled, LastScaleTime: &sampled, Reversals: 3},
		{Namespace: "shop", Name: "api", Mode: "Shadow", Current: 4, Desired: 3},
	}
	m := newDecisionMetrics(func(string) (*controller.Rows, error) { return &controller.Rows{Each: slices.Values(rows)}, nil })
	const want = `
# HELP flyball_autoscaler_current_replicas Replicas of the target at the last decision.
# TYPE flyball_autoscaler_current_replicas gauge
flyball_autoscaler_current_replicas{name="api",namespace="shop"} 4
flyball_autoscaler_current_replicas{name="web",namespace="shop"} 4
# HELP flyball_autoscaler_desired_replicas Replicas that the last decision requests.
# TYPE flyball_autoscaler_desired_replicas gauge
flyball_autoscaler_desired_replicas{name="api",namespace="shop"} 3
flyball_autoscaler_desired_replicas{name="web",namespace="shop"} 6
# HELP flyball_autoscaler_last_scale_timestamp_seconds Time at which the autoscaler last scaled the target.
# TYPE flyball_autoscaler_last_scale_timestamp_seconds gauge
flyball_autoscaler_last_scale_timestamp_seconds{name="web",namespace="shop"} 1.7900000005e+09
# HELP flyball_autoscaler_limited Always 1: reason why the replicas are not those proposed, such as TooManyReplicas or ScaleDownStabilized.
# TYPE flyball_autoscaler_limited gauge
flyball_autoscaler_limited{name="web",namespace="shop",reason="TooManyReplicas"} 1
# HELP flyball_autoscaler_max_replicas Upper bound in force, with open windows.
# TYPE flyball_autoscaler_max_replicas gauge
flyball_autoscaler_max_replicas{name="web",namespace="shop"} 6
# HELP flyball_autoscaler_min_replicas Lower bound in force, with open windows.
# TYPE flyball_autoscaler_min_replicas gauge
flyball_autoscaler_min_replicas{name="web",namespace="shop"} 2
# HELP flyball_autoscaler_proposed_replicas Highest proposal of the metrics, before damping, stabilization and limits.
# TYPE flyball_autoscaler_proposed_replicas gauge
flyball_autoscaler_proposed_replicas{name="web",namespace="shop"} 9
# HELP flyball_autoscaler_reversals_total Changes of the target against the direction of the one before.
# TYPE flyball_autoscaler_reversals_total counter
flyball_autoscaler_reversals_total{name="api",namespace="shop"} 0
flyball_autoscaler_reversals_total{name="web",namespace="shop"} 3
# HELP flyball_autoscaler_sample_timestamp_seconds Time of the oldest sample that the last decision counts.
# TYPE flyball_autoscaler_sample_timestamp_seconds gauge
flyball_autoscaler_sample_timestamp_seconds{name="web",namespace="shop"} 1.7900000005e+09
`
	if err := testutil.CollectAndCompare(m, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	standby := newDecisionMetrics(func(string) (*controller.Rows, error) { return nil, errors.New("this process does not decide") })
	if n := testutil.CollectAndCount(standby); n != 0 {
		t.Errorf("a standby has %d series", n)
	}
}
