package v1alpha1

import (
	"fmt"
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (r *ScalingRules) validate(path *field.Path) field.ErrorList {
	if r == nil {
		return nil
	}
	var errs field.ErrorList
	if seconds := r.StabilizationWindowSeconds; seconds != nil {
		errs = append(errs, validateRange(*seconds, 0, maxStabilizationWindowSeconds, path.Child("stabilizationWindowSeconds"))...)
	}
	selections := []autoscalingv2.ScalingPolicySelect{
		autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect, autoscalingv2.DisabledPolicySelect,
	}
	if r.SelectPolicy != nil && !slices.Contains(selections, *r.SelectPolicy) {
		errs = append(errs, field.NotSupported(path.Child("selectPolicy"), *r.SelectPolicy, selections))
	}
	if r.Tolerance != nil && r.Tolerance.Sign() < 0 {
		errs = append(errs, field.Invalid(path.Child("tolerance"), r.Tolerance.String(), "must be greater than or equal to 0"))
	}
	if len(r.Policies) == 0 {
		errs = append(errs, field.Required(path.Child("policies"), "must specify at least one Policy"))
	}
	for i := range r.Policies {
		errs = append(errs, r.Policies[i].validate(path.Child("policies").Index(i))...)
	}
	return errs
}

func (p *ScalingPolicy) validate(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	types := []autoscalingv2.HPAScalingPolicyType{autoscalingv2.PodsScalingPolicy, autoscalingv2.PercentScalingPolicy}
	if !slices.Contains(types, p.Type) {
		errs = append(errs, field.NotSupported(path.Child("type"), p.Type, types))
	}
	if p.Value <= 0 {
		errs = append(errs, field.Invalid(path.Child("value"), p.Value, "must be greater than zero"))
	}
	return append(errs, validateRange(p.PeriodSeconds, 1, maxPolicyPeriodSeconds, path.Child("periodSeconds"))...)
}

func validateRange(value, least, most int32, path *field.Path) field.ErrorList {
	switch {
	case value < least:
		return field.ErrorList{field.Invalid(path, value, fmt.Sprintf("must be greater than or equal to %d", least))}
	case value > most:
		return field.ErrorList{field.Invalid(path, value, fmt.Sprintf("must be less than or equal to %d", most))}
	default:
		return nil
	}
}
