package policy

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// defaultMaxAge is the age above which the sample of an inline query is stale.
const defaultMaxAge = 2 * time.Minute

// compileMetric compiles a validated metric. Samples of types without a maxAge are stale above the age maxAge.
func compileMetric(m *v1alpha1.MetricSpec, maxAge time.Duration, queries *queries) engine.Metric {
	metric := compileType(m)
	if m.Type == v1alpha1.PrometheusMetric {
		metric.Compiled = queries.compiled[querySource{metric.Query, metric.Server}]
	}
	if m.Type != v1alpha1.PrometheusMetric {
		metric.MaxAge = maxAge
	}
	return metric
}

// compileType reads the field that the type names, which Validate requires.
func compileType(m *v1alpha1.MetricSpec) engine.Metric {
	switch m.Type {
	case v1alpha1.ResourceMetric:
		return targeted(engine.Metric{Type: engine.Resource, Name: m.Resource.Name}, &m.Resource.Target)
	case v1alpha1.ContainerResourceMetric:
		c := m.ContainerResource
		return targeted(engine.Metric{Type: engine.ContainerResource, Name: c.Name, Container: c.Container}, &c.Target)
	case v1alpha1.PodsMetric:
		return targeted(identified(engine.Pods, &m.Pods.Metric), &m.Pods.Target)
	case v1alpha1.ObjectMetric:
		metric := identified(engine.Object, &m.Object.Metric)
		described := &m.Object.DescribedObject
		metric.Object = engine.ObjectRef{APIVersion: described.APIVersion, Kind: described.Kind, Name: described.Name}
		return objectTargeted(metric, &m.Object.Target)
	case v1alpha1.ExternalMetric:
		return targeted(identified(engine.External, &m.External.Metric), &m.External.Target)
	default:
		p := m.Prometheus
		return targeted(engine.Metric{
			Type: engine.Prometheus, Query: p.Query, Server: p.Server,
			Activation: milli(p.ActivationValue), MaxAge: duration(p.MaxAge, defaultMaxAge),
		}, &p.Target)
	}
}

func identified(kind engine.MetricType, metric *v1alpha1.MetricIdentifier) engine.Metric {
	m := engine.Metric{Type: kind, Name: metric.Name}
	if metric.Selector != nil {
		m.Selector = metav1.FormatLabelSelector(metric.Selector)
		if m.Selector == "<none>" { // how an empty selector is formatted
			m.Selector = ""
		}
	}
	return m
}

// targeted selects the target by the field that is set and ignores type, as upstream does for all types but Object.
func targeted(m engine.Metric, target *v1alpha1.MetricTarget) engine.Metric {
	switch {
	case target.AverageValue != nil:
		m.TargetType, m.Target = engine.AverageValue, milli(target.AverageValue)
	case target.AverageUtilization != nil:
		m.TargetType, m.Target = engine.Utilization, int64(*target.AverageUtilization)
	default:
		m.TargetType, m.Target = engine.Value, milli(target.Value)
	}
	return m
}

// objectTargeted selects the target by type, because an Object target may set both fields.
func objectTargeted(m engine.Metric, target *v1alpha1.MetricTarget) engine.Metric {
	if string(target.Type) == "Value" {
		m.TargetType, m.Target = engine.Value, milli(target.Value)
	} else {
		m.TargetType, m.Target = engine.AverageValue, milli(target.AverageValue)
	}
	return m
}

// milli returns a quantity in thousandths, rounded away from zero, and 0 for nil.
func milli(q *v1alpha1.Quantity) int64 {
	if q == nil {
		return 0
	}
	if q.Sign() < 0 { // MilliValue is wrong for negative numbers of many digits, such as -1000000000000000000m
		positive := q.DeepCopy()
		positive.Neg()
		return -positive.MilliValue()
	}
	return q.MilliValue()
}
