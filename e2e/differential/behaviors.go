package differential

import (
	"math"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
)

func podsMetric(name string, average resource.Quantity) autoscalingv2.MetricSpec {
	return autoscalingv2.MetricSpec{
		Type: autoscalingv2.PodsMetricSourceType,
		Pods: &autoscalingv2.PodsMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: name},
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &average},
		},
	}
}

// behavior returns a random behavior, whose fields may be empty so that defaults apply.
func (d random) behavior() *autoscalingv2.HorizontalPodAutoscalerBehavior {
	b := &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	if !d.oneIn(4) {
		b.ScaleUp = d.rules()
	}
	if !d.oneIn(4) {
		b.ScaleDown = d.rules()
	}
	return b
}

// otherPeriods returns the behavior with another random period in all policies.
func (d random) otherPeriods(b *autoscalingv2.HorizontalPodAutoscalerBehavior) *autoscalingv2.HorizontalPodAutoscalerBehavior {
	if b == nil {
		return d.behavior()
	}
	period := pick[int32](d, 1, 15, 60, 600, 1800)
	for _, rules := range []*autoscalingv2.HPAScalingRules{b.ScaleUp, b.ScaleDown} {
		if rules == nil {
			continue
		}
		for i := range rules.Policies {
			rules.Policies[i].PeriodSeconds = period
		}
	}
	return b
}

func (d random) rules() *autoscalingv2.HPAScalingRules {
	r := &autoscalingv2.HPAScalingRules{}
	if d.oneIn(2) {
		r.StabilizationWindowSeconds = new(int32(pick(d, 0, 0, 15, 30, 60, 300, 3600, d.IntN(200))))
	}
	if d.oneIn(2) {
		r.SelectPolicy = new(pick(d, autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect,
			autoscalingv2.MinChangePolicySelect, autoscalingv2.DisabledPolicySelect))
	}
	if d.oneIn(2) {
		r.Tolerance = new(resource.MustParse(pick(d, "0", "0.05", "0.1", "50m", "0.25", "1", "3", "333m")))
	}
	if d.oneIn(2) {
		for range d.upTo(3) {
			r.Policies = append(r.Policies, d.policy())
		}
	}
	return r
}

func (d random) policy() autoscalingv2.HPAScalingPolicy {
	p := autoscalingv2.HPAScalingPolicy{
		Type:          pick(d, autoscalingv2.PodsScalingPolicy, autoscalingv2.PercentScalingPolicy),
		Value:         int32(pick(d, 1, 1, 2, 4, 10, 50, 80, 90, 100, d.upTo(200))),
		PeriodSeconds: int32(pick(d, 1, 15, 15, 30, 60, 60, 300, 1800, d.upTo(200))),
	}
	if d.oneIn(40) {
		p.Value = pick[int32](d, math.MaxInt32, math.MaxInt32-3, 1<<30)
	}
	return p
}
