package policy

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// compileBehavior compiles a behavior with its defaults set, or nil.
func compileBehavior(spec *engine.Spec, behavior *v1alpha1.Behavior, defaults Defaults) {
	spec.Up = engine.Rules{Select: engine.SelectMax, Tolerance: defaults.Tolerance}
	spec.Down = engine.Rules{Select: engine.SelectMax, Tolerance: defaults.Tolerance, Stabilization: defaults.DownscaleStabilization}
	if len(spec.Metrics) == 0 {
		spec.Down.Stabilization = 0 // a batch has a hold of its own
	}
	if behavior == nil {
		return
	}
	spec.HasBehavior = true
	compileRules(&spec.Up, behavior.ScaleUp)
	compileRules(&spec.Down, behavior.ScaleDown)
}

func compileRules(rules *engine.Rules, from *v1alpha1.ScalingRules) {
	if seconds := from.StabilizationWindowSeconds; seconds != nil {
		rules.Stabilization = time.Duration(*seconds) * time.Second
	}
	if from.Tolerance != nil {
		rules.Tolerance = from.Tolerance.AsApproximateFloat64()
	}
	switch *from.SelectPolicy {
	case autoscalingv2.MinChangePolicySelect:
		rules.Select = engine.SelectMin
	case autoscalingv2.DisabledPolicySelect:
		rules.Select = engine.SelectDisabled
	default:
		rules.Select = engine.SelectMax
	}
	for _, p := range from.Policies {
		rules.Policies = append(rules.Policies, engine.RatePolicy{
			Percent: p.Type == autoscalingv2.PercentScalingPolicy,
			Value:   p.Value,
			Period:  time.Duration(p.PeriodSeconds) * time.Second,
		})
	}
}
