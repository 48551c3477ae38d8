package v1alpha1

import (
	"math"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Bounds of autoscaling/v2.
const (
	maxStabilizationWindowSeconds = 3600
	maxPolicyPeriodSeconds        = 1800
)

// Validate returns an error for each invalid field of an object with its defaults set. Its messages are those of autoscaling/v2
// for the same checks. It checks objects that the API server has not checked: files, and objects older than a rule.
func (ha *HorizontalAutoscaler) Validate() field.ErrorList {
	spec, path := &ha.Spec, field.NewPath("spec")
	errs := spec.ScaleTargetRef.validate(path.Child("scaleTargetRef"))
	errs = append(errs, spec.validateBounds(path)...)
	for i := range spec.Metrics {
		errs = append(errs, spec.Metrics[i].validate(path.Child("metrics").Index(i))...)
	}
	if spec.Behavior != nil {
		errs = append(errs, spec.Behavior.ScaleUp.validate(path.Child("behavior", "scaleUp"))...)
		errs = append(errs, spec.Behavior.ScaleDown.validate(path.Child("behavior", "scaleDown"))...)
	}
	if spec.Startup != nil {
		errs = append(errs, spec.Startup.CPUInitializationPeriod.validate(path.Child("startup", "cpuInitializationPeriod"))...)
		errs = append(errs, spec.Startup.InitialReadinessDelay.validate(path.Child("startup", "initialReadinessDelay"))...)
	}
	if c := spec.Capacity; c != nil && c.MaxPendingPods != nil && *c.MaxPendingPods < 1 {
		errs = append(errs, field.Invalid(path.Child("capacity", "maxPendingPods"), *c.MaxPendingPods, "must be greater than 0; leave it out for the probe"))
	}
	errs = append(errs, spec.Serving.validate(path.Child("serving"))...)
	errs = append(errs, spec.Damping.validate(path.Child("damping"))...)
	errs = append(errs, validateWindows(spec.Windows, path.Child("windows"))...)
	errs = append(errs, spec.Override.validate(path.Child("override"))...)
	switch spec.Mode {
	case ModeEnforce, ModeShadow, ModePaused:
	default:
		errs = append(errs, field.NotSupported(path.Child("mode"), spec.Mode, []Mode{ModeEnforce, ModeShadow, ModePaused}))
	}
	return errs
}

func (o *Override) validate(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case o == nil:
		return nil
	case o.Replicas < 0:
		errs = append(errs, field.Invalid(path.Child("replicas"), o.Replicas, "must be greater than or equal to 0"))
	}
	if o.Until.IsZero() {
		errs = append(errs, field.Required(path.Child("until"), "the time at which the override ends, such as 2026-12-24T18:00:00Z"))
	}
	return errs
}

func (spec *HorizontalAutoscalerSpec) validateBounds(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if spec.MaxReplicas < 1 {
		errs = append(errs, field.Invalid(path.Child("maxReplicas"), spec.MaxReplicas, "must be greater than 0"))
	}
	if spec.MinReplicas == nil {
		return errs
	}
	least := *spec.MinReplicas
	switch {
	case least < 0:
		errs = append(errs, field.Invalid(path.Child("minReplicas"), least, "must be greater than or equal to 0"))
	case least > spec.MaxReplicas && spec.MaxReplicas >= 1:
		errs = append(errs, field.Invalid(path.Child("maxReplicas"), spec.MaxReplicas, "must be greater than or equal to `minReplicas`"))
	case least == 0 && !spec.measuresWithoutPods():
		errs = append(errs, field.Forbidden(path.Child("metrics"),
			"must specify at least one Object, External or Prometheus metric to support scaling to zero replicas"))
	}
	return errs
}

func (spec *HorizontalAutoscalerSpec) measuresWithoutPods() bool {
	if spec.hasBatch() {
		return true
	}
	for i := range spec.Metrics {
		switch spec.Metrics[i].Type {
		case ObjectMetric, ExternalMetric, PrometheusMetric:
			return true
		}
	}
	return false
}

func (ref *CrossVersionObjectReference) validate(path *field.Path) field.ErrorList {
	errs := validateName(ref.Kind, path.Child("kind"))
	errs = append(errs, validateName(ref.Name, path.Child("name"))...)
	if _, err := schema.ParseGroupVersion(ref.APIVersion); err != nil {
		errs = append(errs, field.Invalid(path.Child("apiVersion"), ref.APIVersion, err.Error()))
	}
	return errs
}

func (s *Serving) validate(path *field.Path) field.ErrorList {
	if s == nil {
		return nil
	}
	var errs field.ErrorList
	if s.ServiceName == "" {
		errs = append(errs, field.Required(path.Child("serviceName"), "the name of a Service in the same namespace"))
	} else {
		for _, problem := range content.IsDNS1123Label(s.ServiceName) {
			errs = append(errs, field.Invalid(path.Child("serviceName"), s.ServiceName, problem))
		}
	}
	if p := s.MaxDrainingPercent; p != nil && (*p < 0 || *p > 100) {
		errs = append(errs, field.Invalid(path.Child("maxDrainingPercent"), *p, "must be between 0 and 100, inclusive"))
	}
	return errs
}

// validateName requires a segment of a URL path.
func validateName(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	for _, problem := range content.IsPathSegmentName(name) {
		errs = append(errs, field.Invalid(path, name, problem))
	}
	return errs
}

func (d *Duration) validate(path *field.Path) field.ErrorList {
	parsed, err := d.Parse(0)
	switch {
	case err != nil:
		return field.ErrorList{field.Invalid(path, string(*d), err.Error())}
	case parsed < 0:
		return field.ErrorList{field.Invalid(path, string(*d), "must not be negative")}
	default:
		return nil
	}
}

// validatePositive requires a quantity that is greater than 0 and fits 64 bits in thousandths.
func validatePositive(quantity *Quantity, path *field.Path) field.ErrorList {
	if quantity != nil && quantity.Sign() <= 0 {
		return field.ErrorList{field.Invalid(path, quantity.String(), "must be positive")}
	}
	return validateCountable(quantity, path)
}

// validateCountable requires a quantity that fits 64 bits in thousandths; a larger one would overflow. It estimates the size before
// it compares, because comparing 1e99999999 takes minutes.
func validateCountable(quantity *Quantity, path *field.Path) field.ErrorList {
	if quantity == nil {
		return nil
	}
	const beyond = math.MaxInt64 / 1000 * 2
	switch size := quantity.AsApproximateFloat64(); {
	case size > beyond, size > 0 && quantity.Cmp(*resource.NewMilliQuantity(math.MaxInt64, resource.DecimalSI)) > 0:
		return field.ErrorList{field.Invalid(path, quantity.String(), "must be less than or equal to 9223372036854775807m (about 9P)")}
	case size < -beyond, size < 0 && quantity.Cmp(*resource.NewMilliQuantity(-math.MaxInt64, resource.DecimalSI)) < 0:
		// The smallest number of 64 bits is excluded, because Quantity reads it as 0.
		return field.ErrorList{field.Invalid(path, quantity.String(), "must be greater than or equal to -9223372036854775807m (about -9P)")}
	default:
		return nil
	}
}
