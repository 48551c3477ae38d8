package differential

import (
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// TestStories plays sequences that the generator rarely makes.
func TestStories(t *testing.T) {
	for name, s := range map[string]Sequence{
		"changes dropped by a short period stay dropped when the period grows": {
			Spec: *upTenIn(15), Flags: usualFlags(), Replicas: 1,
			Steps: []Step{
				queued(time.Second, 3), queued(time.Second, 6), queued(time.Minute, 8), // of the first two changes, one is replaced
				respecified(queued(time.Second, 9), upTenIn(1800)), queued(time.Second, 50),
			},
		},
		"changes are not stored without behavior": {
			Spec: *upTenIn(1800), Flags: usualFlags(), Replicas: 1,
			Steps: []Step{
				queued(time.Second, 9), respecified(queued(time.Second, 15), forQueue()),
				respecified(queued(time.Second, 50), upTenIn(1800)),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if found := play(t, "web-story", s, &recorded{steps: s.Steps}, newSummary()); found != nil {
				t.Errorf("%s\n%s", found.problem, shrink(t, "web-story", found).describe(0))
			}
		})
	}
}

// queued is a step with work for this many replicas.
func queued(after time.Duration, replicas int32) Step {
	return Step{After: after, Selector: "app=web", StatusReplicas: 1, Readings: []Reading{{Series: []int64{int64(replicas) * 1000}}}}
}

func respecified(s Step, spec *autoscalingv2.HorizontalPodAutoscalerSpec) Step {
	s.Spec = spec
	return s
}

func forQueue() *autoscalingv2.HorizontalPodAutoscalerSpec {
	return &autoscalingv2.HorizontalPodAutoscalerSpec{MaxReplicas: 100, Metrics: []autoscalingv2.MetricSpec{{
		Type: autoscalingv2.ExternalMetricSourceType,
		External: &autoscalingv2.ExternalMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: "queue"},
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: milli(1000)},
		},
	}}}
}

// upTenIn is a spec that allows ten more replicas in a period, in seconds.
func upTenIn(seconds int32) *autoscalingv2.HorizontalPodAutoscalerSpec {
	s := forQueue()
	s.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: &autoscalingv2.HPAScalingRules{
		Policies: []autoscalingv2.HPAScalingPolicy{{Type: autoscalingv2.PodsScalingPolicy, Value: 10, PeriodSeconds: seconds}},
	}}
	return s
}
