package summary

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestLimitIsTheMostSevere of several conditions.
func TestLimitIsTheMostSevere(t *testing.T) {
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	condition := func(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: reason}
	}
	limited := condition("ScalingLimited", yes, "TooManyReplicas")
	for name, tc := range map[string]struct {
		conditions []metav1.Condition
		want       string
	}{
		"none":                        {},
		"nothing limits":              {[]metav1.Condition{condition("Accepted", yes, "Accepted"), condition("AbleToScale", yes, "ReadyForNewScale"), condition("ScalingLimited", no, "DesiredWithinRange")}, ""},
		"a bound":                     {[]metav1.Condition{limited}, "TooManyReplicas"},
		"stabilization":               {[]metav1.Condition{condition("AbleToScale", yes, "ScaleDownStabilized"), condition("ScalingLimited", no, "DesiredWithinRange")}, "ScaleDownStabilized"},
		"a bound after stabilization": {[]metav1.Condition{condition("AbleToScale", yes, "ScaleUpStabilized"), limited}, "TooManyReplicas"},
		"work that runs":              {[]metav1.Condition{condition("AbleToScale", yes, "RunningWork")}, "RunningWork"},
		"no metric":                   {[]metav1.Condition{limited, condition("ScalingActive", no, "FailedGetResourceMetric")}, "FailedGetResourceMetric"},
		"no scale, and no metric":     {[]metav1.Condition{condition("ScalingActive", no, "FailedGetResourceMetric"), condition("AbleToScale", no, "FailedGetScale")}, "FailedGetScale"},
		"no valid spec":               {[]metav1.Condition{condition("ScalingActive", no, "InvalidSpec"), condition("Accepted", no, "InvalidSpec"), limited}, "InvalidSpec"},
	} {
		if got := limit(tc.conditions); got != tc.want {
			t.Errorf("%s: limit %q, want %q", name, got, tc.want)
		}
	}
}
