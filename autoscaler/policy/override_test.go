package policy_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

func TestOverride(t *testing.T) {
	until := time.Date(2026, 11, 30, 12, 0, 30, 0, time.UTC)
	start, duration := v1alpha1.CronLine("0 0 * * *"), v1alpha1.Duration("24h")
	for name, tc := range map[string]struct {
		override v1alpha1.Override
		now      time.Time
		min, max int32
	}{
		"in force":        {v1alpha1.Override{Replicas: 7}, until.Add(-time.Second), 7, 7},
		"ended":           {v1alpha1.Override{Replicas: 7}, until, 4, 9},
		"a year before":   {v1alpha1.Override{Replicas: 7}, until.AddDate(-1, 0, 0), 7, 7},
		"above maximum":   {v1alpha1.Override{Replicas: 70}, until.Add(-time.Hour), 9, 9},
		"below minimum":   {v1alpha1.Override{Replicas: 0}, until.Add(-time.Hour), 2, 2},
		"forced maximum":  {v1alpha1.Override{Replicas: 70, IgnoreBounds: true}, until.Add(-time.Hour), 70, 70},
		"forced to zero":  {v1alpha1.Override{Replicas: 0, IgnoreBounds: true}, until.Add(-time.Hour), 0, 0},
		"below a window":  {v1alpha1.Override{Replicas: 3}, until.Add(-time.Hour), 3, 3},
		"window is after": {v1alpha1.Override{Replicas: 3}, until.Add(time.Hour), 4, 9},
	} {
		t.Run(name, func(t *testing.T) {
			tc.override.Until = metav1.NewTime(until)
			ha := &v1alpha1.HorizontalAutoscaler{Spec: v1alpha1.HorizontalAutoscalerSpec{
				ScaleTargetRef: v1alpha1.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
				MinReplicas:    new(int32(2)), MaxReplicas: 9, Override: &tc.override,
				Windows: []v1alpha1.InlineWindow{{Name: "day", Window: v1alpha1.Window{Start: &start, Duration: &duration, MinReplicas: new(int32(4)), Priority: 1000}}},
			}}
			p, err := policy.Compile(ha, policy.StandardDefaults())
			if err != nil {
				t.Fatal(err)
			}
			bounds, _ := schedule.Merge(p.Spec.Windows, schedule.Bounds{Min: 2, Max: 9}, tc.now, nil)
			if bounds.Min != tc.min || bounds.Max != tc.max {
				t.Errorf("bounds %d to %d, want %d to %d", bounds.Min, bounds.Max, tc.min, tc.max)
			}
		})
	}
}
