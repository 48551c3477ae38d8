package v1alpha1

import (
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/validate/content"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var metricSourceTypes = []MetricSourceType{ResourceMetric, ContainerResourceMetric, PodsMetric, ObjectMetric, ExternalMetric, PrometheusMetric}

func (m *MetricSpec) validate(path *field.Path) field.ErrorList {
	if !slices.Contains(metricSourceTypes, m.Type) {
		return field.ErrorList{field.NotSupported(path.Child("type"), m.Type, metricSourceTypes)}
	}
	var errs field.ErrorList
	for _, source := range []struct {
		name  string
		kind  MetricSourceType
		set   bool
		check func(*field.Path) field.ErrorList
	}{
		{"resource", ResourceMetric, m.Resource != nil, m.Resource.validate},
		{"containerResource", ContainerResourceMetric, m.ContainerResource != nil, m.ContainerResource.validate},
		{"pods", PodsMetric, m.Pods != nil, m.Pods.validate},
		{"object", ObjectMetric, m.Object != nil, m.Object.validate},
		{"external", ExternalMetric, m.External != nil, m.External.validate},
		{"prometheus", PrometheusMetric, m.Prometheus != nil, m.Prometheus.validate},
	} {
		sourcePath := path.Child(source.name)
		switch wanted := source.kind == m.Type; {
		case wanted && !source.set:
			errs = append(errs, field.Required(sourcePath, "must populate information for the given metric source"))
		case !wanted && source.set:
			errs = append(errs, field.Forbidden(sourcePath, "must populate the given metric source only"))
		case wanted:
			errs = append(errs, source.check(sourcePath)...)
		}
	}
	return errs
}

func (m *ResourceMetricSource) validate(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if m.Name == "" {
		errs = append(errs, field.Required(path.Child("name"), "must specify a resource name"))
	}
	return append(errs, m.Target.validateShare(path.Child("target"))...)
}

func (m *ContainerResourceMetricSource) validate(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if m.Name == "" {
		errs = append(errs, field.Required(path.Child("name"), "must specify a resource name"))
	}
	if m.Container == "" {
		errs = append(errs, field.Required(path.Child("container"), "must specify a container"))
	} else {
		for _, problem := range content.IsDNS1123Label(m.Container) {
			errs = append(errs, field.Invalid(path.Child("container"), m.Container, problem))
		}
	}
	return append(errs, m.Target.validateShare(path.Child("target"))...)
}

func (m *PodsMetricSource) validate(path *field.Path) field.ErrorList {
	errs := m.Metric.validate(path.Child("metric"))
	errs = append(errs, m.Target.validate(path.Child("target"))...)
	if m.Target.AverageValue == nil {
		errs = append(errs, field.Required(path.Child("target", "averageValue"), "must specify a positive target averageValue"))
	}
	return errs
}

func (m *ObjectMetricSource) validate(path *field.Path) field.ErrorList {
	errs := m.DescribedObject.validate(path.Child("describedObject"))
	errs = append(errs, m.Metric.validate(path.Child("metric"))...)
	target := path.Child("target")
	errs = append(errs, m.Target.validate(target)...)
	switch {
	case m.Target.Value == nil && m.Target.AverageValue == nil:
		errs = append(errs, field.Required(target.Child("averageValue"), "must set either a target value or averageValue"))
	case m.Target.Type == autoscalingv2.ValueMetricType && m.Target.Value == nil,
		m.Target.Type == autoscalingv2.AverageValueMetricType && m.Target.AverageValue == nil,
		m.Target.Type == autoscalingv2.UtilizationMetricType:
		// autoscaling/v2 accepts such a target, and then never has a valid metric.
		errs = append(errs, field.Invalid(target.Child("type"), m.Target.Type,
			"must name the field that is set: Value with value, or AverageValue with averageValue"))
	}
	return errs
}

func (m *ExternalMetricSource) validate(path *field.Path) field.ErrorList {
	errs := m.Metric.validate(path.Child("metric"))
	return append(errs, m.Target.validateWhole(path.Child("target"))...)
}

func (m *PrometheusMetricSource) validate(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if m.Query == "" {
		errs = append(errs, field.Required(path.Child("query"), "must specify a query"))
	}
	if m.Server != "" {
		for _, problem := range content.IsDNS1123Label(m.Server) {
			errs = append(errs, field.Invalid(path.Child("server"), m.Server, problem))
		}
	}
	errs = append(errs, m.Target.validateWhole(path.Child("target"))...)
	errs = append(errs, validateCountable(m.ActivationValue, path.Child("activationValue"))...)
	if m.MaxAge != nil {
		age, err := m.MaxAge.Parse(0)
		if err == nil && age <= 0 {
			errs = append(errs, field.Invalid(path.Child("maxAge"), string(*m.MaxAge), "must be positive"))
		}
		if err != nil {
			errs = append(errs, field.Invalid(path.Child("maxAge"), string(*m.MaxAge), err.Error()))
		}
	}
	return errs
}

func (m *MetricIdentifier) validate(path *field.Path) field.ErrorList {
	errs := validateName(m.Name, path.Child("name"))
	return append(errs, ValidateSelector(m.Selector, path.Child("selector"))...)
}

// maxRequirements and maxSelectorValues limit a selector, because every sync evaluates it.
const maxRequirements, maxSelectorValues = 64, 1000

// ValidateSelector rejects a malformed selector, and one with more than 64 requirements or 1000 values in total.
func ValidateSelector(selector *metav1.LabelSelector, path *field.Path) field.ErrorList {
	if selector == nil {
		return nil
	}
	values := 0
	for i := range selector.MatchExpressions {
		values += len(selector.MatchExpressions[i].Values)
	}
	if n := len(selector.MatchLabels) + len(selector.MatchExpressions); n > maxRequirements {
		return field.ErrorList{field.TooMany(path, n, maxRequirements)}
	}
	if values > maxSelectorValues {
		return field.ErrorList{field.TooMany(path.Child("matchExpressions"), values, maxSelectorValues)}
	}
	if _, err := metav1.LabelSelectorAsSelector(selector); err != nil {
		return field.ErrorList{field.Invalid(path, metav1.FormatLabelSelector(selector), err.Error())}
	}
	return nil
}

func (t *MetricTarget) validate(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	types := []autoscalingv2.MetricTargetType{
		autoscalingv2.UtilizationMetricType, autoscalingv2.ValueMetricType, autoscalingv2.AverageValueMetricType,
	}
	if !slices.Contains(types, t.Type) {
		errs = append(errs, field.Invalid(path.Child("type"), t.Type, "must be either Utilization, Value, or AverageValue"))
	}
	errs = append(errs, validatePositive(t.Value, path.Child("value"))...)
	errs = append(errs, validatePositive(t.AverageValue, path.Child("averageValue"))...)
	if t.AverageUtilization != nil && *t.AverageUtilization < 1 {
		errs = append(errs, field.Invalid(path.Child("averageUtilization"), *t.AverageUtilization, "must be greater than 0"))
	}
	return errs
}

// validateShare checks the target of a resource metric.
func (t *MetricTarget) validateShare(path *field.Path) field.ErrorList {
	errs := t.validate(path)
	switch {
	case t.AverageUtilization == nil && t.AverageValue == nil:
		errs = append(errs, field.Required(path.Child("averageUtilization"), "must set either a target raw value or a target utilization"))
	case t.AverageUtilization != nil && t.AverageValue != nil:
		errs = append(errs, field.Forbidden(path.Child("averageValue"), "may not set both a target raw value and a target utilization"))
	}
	return errs
}

// validateWhole checks the target of a metric of one value.
func (t *MetricTarget) validateWhole(path *field.Path) field.ErrorList {
	errs := t.validate(path)
	switch {
	case t.Value == nil && t.AverageValue == nil:
		errs = append(errs, field.Required(path.Child("averageValue"), "must set either a target value for metric or a per-pod target"))
	case t.Value != nil && t.AverageValue != nil:
		errs = append(errs, field.Forbidden(path.Child("value"), "may not set both a target value for metric and a per-pod target"))
	}
	return errs
}
