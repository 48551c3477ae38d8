package v1alpha1

import (
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// The defaults of autoscaling/v2.
const (
	defaultMinReplicas    = 1
	defaultCPUUtilization = 80
	defaultPolicyPeriod   = 15
	defaultPolicyPercent  = 100
	defaultPolicyPods     = 4

	// defaultMaxDrainingPercent is that of maxUnavailable of a Deployment, which autoscaling/v2 has nothing like.
	defaultMaxDrainingPercent = 25
)

// SetDefaults sets the fields that are not set, as autoscaling/v2 does: minReplicas to 1; metrics to a CPU utilization of 80 %,
// unless a window has a batch; and, in a behavior, each field of each direction. It adds no behavior, because autoscaling/v2 uses
// another algorithm without one. Defaults that are flags of the autoscaler, such as the stabilization of scale-down, stay unset.
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
	if s := spec.Serving; s != nil && s.MaxDrainingPercent == nil {
		s.MaxDrainingPercent = new(int32(defaultMaxDrainingPercent))
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

// completed returns the rules with their defaults. An empty list of policies stays for Validate to reject.
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
