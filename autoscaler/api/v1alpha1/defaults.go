package v1alpha1

import (
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// What autoscaling/v2 takes where a spec says nothing.
const (
	defaultMinReplicas    = 1
	defaultCPUUtilization = 80
	defaultPolicyPeriod   = 15
	defaultPolicyPercent  = 100
	defaultPolicyPods     = 4
)

// SetDefaults fills in what the spec leaves out, as autoscaling/v2 does: one replica at least, CPU at 80 % of the
// requests where there is neither a metric nor a batch window, and, in a behavior, each field of each direction. No behavior stays no behavior,
// which is another algorithm than an empty one. What an operator can set for all autoscalers, such as the scale-down
// stabilisation, is left open here.
func (ha *HorizontalAutoscaler) SetDefaults() {
	spec := &ha.Spec
	if spec.MinReplicas == nil {
		spec.MinReplicas = new(int32(defaultMinReplicas))
	}
	if len(spec.Metrics) == 0 && !spec.hasBatch() {
		spec.Metrics = []MetricSpec{{
			Type: ResourceMetric,
			Resource: &ResourceMetricSource{
				Name: "cpu",
				Target: MetricTarget{
					Type:               autoscalingv2.UtilizationMetricType,
					AverageUtilization: new(int32(defaultCPUUtilization)),
				},
			},
		}}
	}
	if spec.Mode == "" {
		spec.Mode = ModeEnforce
	}
	if spec.Behavior != nil {
		spec.Behavior.setDefaults()
	}
}

func (spec *HorizontalAutoscalerSpec) hasBatch() bool {
	return slices.ContainsFunc(spec.Windows, func(w InlineWindow) bool { return w.Batch != nil })
}

func (b *Behavior) setDefaults() {
	percent := ScalingPolicy{Type: autoscalingv2.PercentScalingPolicy, Value: defaultPolicyPercent, PeriodSeconds: defaultPolicyPeriod}
	pods := ScalingPolicy{Type: autoscalingv2.PodsScalingPolicy, Value: defaultPolicyPods, PeriodSeconds: defaultPolicyPeriod}

	b.ScaleUp = b.ScaleUp.completed([]ScalingPolicy{pods, percent})
	if b.ScaleUp.StabilizationWindowSeconds == nil {
		b.ScaleUp.StabilizationWindowSeconds = new(int32(0))
	}
	b.ScaleDown = b.ScaleDown.completed([]ScalingPolicy{percent})
}

// completed gives the rules with what they leave out. Policies that are there but empty are left for Validate to refuse.
func (r *ScalingRules) completed(policies []ScalingPolicy) *ScalingRules {
	if r == nil {
		r = &ScalingRules{}
	}
	if r.SelectPolicy == nil {
		r.SelectPolicy = new(autoscalingv2.MaxChangePolicySelect)
	}
	if r.Policies == nil {
		r.Policies = policies
	}
	return r
}
