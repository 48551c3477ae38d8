package importer

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// removedVersions are API versions of manifests that no supported Kubernetes serves, and the version that removed them.
var removedVersions = map[string]string{"autoscaling/v2beta1": "1.25", "autoscaling/v2beta2": "1.26"}

// readV2beta1 reads metrics in the form of autoscaling/v2beta1, which has the target beside the metric.
func readV2beta1(metrics node, ha *v1alpha1.HorizontalAutoscalerSpec) bool {
	ok := true
	for _, n := range metrics.items() {
		m := oldMetric{node: n, ok: true}
		spec := m.read()
		if ha.Metrics = append(ha.Metrics, spec); !m.ok {
			ok = false
		}
	}
	return ok
}

// oldMetric is a metric of autoscaling/v2beta1. ok is false once a field does not fit.
type oldMetric struct {
	node
	ok bool
}

func (m *oldMetric) read() v1alpha1.MetricSpec {
	kind, _ := m.child("type").text()
	spec := v1alpha1.MetricSpec{Type: v1alpha1.MetricSourceType(kind)}
	switch spec.Type {
	case v1alpha1.ResourceMetric:
		s := m.child("resource")
		spec.Resource = &v1alpha1.ResourceMetricSource{Name: s.child("name").textOr(""), Target: m.target(s, "", "targetAverageValue")}
	case v1alpha1.ContainerResourceMetric:
		s := m.child("containerResource")
		spec.ContainerResource = &v1alpha1.ContainerResourceMetricSource{
			Name: s.child("name").textOr(""), Container: s.child("container").textOr(""), Target: m.target(s, "", "targetAverageValue"),
		}
	case v1alpha1.PodsMetric:
		s := m.child("pods")
		spec.Pods = &v1alpha1.PodsMetricSource{Metric: m.metric(s, "selector"), Target: m.target(s, "", "targetAverageValue")}
	case v1alpha1.ObjectMetric:
		s := m.child("object")
		spec.Object = &v1alpha1.ObjectMetricSource{Metric: m.metric(s, "selector"), Target: m.target(s, "targetValue", "averageValue")}
		m.decode(s.child("target"), &spec.Object.DescribedObject)
	case v1alpha1.ExternalMetric:
		s := m.child("external")
		spec.External = &v1alpha1.ExternalMetricSource{Metric: m.metric(s, "metricSelector"), Target: m.target(s, "targetValue", "targetAverageValue")}
	default:
		m.child("type").leftOut("must be Resource, ContainerResource, Pods, Object or External; the object is not imported")
		m.ok = false
	}
	return spec
}

func (m *oldMetric) decode(n node, value any) { m.ok = decode(n, value) && m.ok }

func (m *oldMetric) metric(source node, selector string) v1alpha1.MetricIdentifier {
	id := v1alpha1.MetricIdentifier{Name: source.child("metricName").textOr("")}
	if s := source.child(selector); s.present && s.value != nil {
		id.Selector = &metav1.LabelSelector{}
		m.decode(s, id.Selector)
	}
	return id
}

// target is averageUtilization, or the average, or the value. An average holds where an Object or External metric has both.
func (m *oldMetric) target(source node, value, average string) v1alpha1.MetricTarget {
	quantityOf := func(n node) *v1alpha1.Quantity {
		if !n.present || n.value == nil {
			return nil
		}
		q := &v1alpha1.Quantity{}
		m.decode(n, q)
		return q
	}
	target := v1alpha1.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: quantityOf(source.child(average))}
	switch {
	case value == "":
		if percent, set := source.child("targetAverageUtilization").count(); set {
			target.Type, target.AverageUtilization = autoscalingv2.UtilizationMetricType, &percent
		}
	case target.AverageValue != nil:
		if v := source.child(value); v.present {
			v.note("%s holds where both are set; not carried over", average)
		}
	default:
		target.Type, target.Value = autoscalingv2.ValueMetricType, quantityOf(source.child(value))
	}
	return target
}
