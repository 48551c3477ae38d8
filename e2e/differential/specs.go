package differential

import (
	"fmt"
	"math"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// spec returns a valid random spec.
func (d random) spec() *autoscalingv2.HorizontalPodAutoscalerSpec {
	s := &autoscalingv2.HorizontalPodAutoscalerSpec{Metrics: d.metrics()}
	floor := int32(d.upTo(4))
	s.MaxReplicas = floor + int32(pick(d, d.IntN(8), d.IntN(30), 30, 60, 0))
	if d.oneIn(40) {
		s.MaxReplicas = pick[int32](d, math.MaxInt32, math.MaxInt32-1, 1<<20)
	}
	if d.oneIn(2) && hasValueMetric(s.Metrics) {
		floor = 0
	}
	if !d.oneIn(8) {
		s.MinReplicas = &floor
	}
	if d.oneIn(2) {
		s.Behavior = d.behavior()
	}
	return s
}

func hasValueMetric(metrics []autoscalingv2.MetricSpec) bool {
	for i := range metrics {
		if metrics[i].Object != nil || metrics[i].External != nil {
			return true
		}
	}
	return false
}

// metrics returns metrics with different requests to the metrics APIs; none stands for the default metric.
func (d random) metrics() (metrics []autoscalingv2.MetricSpec) {
	if d.oneIn(25) {
		return nil
	}
	taken := map[string]bool{}
	for i := range pick(d, 1, 1, 1, 2, 2, 3) {
		m := d.metric(i)
		if subject := subject(&m); !taken[subject] {
			taken[subject] = true
			metrics = append(metrics, m)
		}
	}
	return metrics
}

// subject identifies the request of a metric to the metrics APIs.
func subject(m *autoscalingv2.MetricSpec) string {
	switch {
	case m.Resource != nil:
		return string(m.Resource.Name)
	case m.ContainerResource != nil:
		return m.ContainerResource.Container + "/" + string(m.ContainerResource.Name)
	case m.Pods != nil:
		return m.Pods.Metric.Name
	case m.Object != nil:
		return m.Object.Metric.Name
	case m.External != nil:
		return m.External.Metric.Name
	default:
		return string(m.Type)
	}
}

func (d random) metric(i int) autoscalingv2.MetricSpec {
	id := autoscalingv2.MetricIdentifier{Name: fmt.Sprintf("m%d", i)}
	if d.oneIn(6) {
		id.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"verb": "GET"}}
	}
	resource := pick[corev1.ResourceName](d, "cpu", "cpu", "cpu", "memory", "example.com/gpu")
	switch kind := d.IntN(100); {
	case kind < 30:
		return autoscalingv2.MetricSpec{
			Type:     autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{Name: resource, Target: d.perPodTarget()},
		}
	case kind < 45:
		return autoscalingv2.MetricSpec{
			Type: autoscalingv2.ContainerResourceMetricSourceType,
			ContainerResource: &autoscalingv2.ContainerResourceMetricSource{
				Name: pick[corev1.ResourceName](d, "cpu", "memory"), Container: pick(d, "app", "app", "proxy"), Target: d.perPodTarget(),
			},
		}
	case kind < 60:
		return podsMetric(id.Name, *d.quantity())
	case kind < 79:
		return autoscalingv2.MetricSpec{
			Type: autoscalingv2.ObjectMetricSourceType,
			Object: &autoscalingv2.ObjectMetricSource{
				Metric: id, Target: d.valueTarget(true), DescribedObject: autoscalingv2.CrossVersionObjectReference{APIVersion: "v1", Kind: "Service", Name: "web"},
			},
		}
	case kind < 99:
		return autoscalingv2.MetricSpec{
			Type:     autoscalingv2.ExternalMetricSourceType,
			External: &autoscalingv2.ExternalMetricSource{Metric: id, Target: d.valueTarget(false)},
		}
	default:
		return autoscalingv2.MetricSpec{Type: unknownType}
	}
}

// perPodTarget is a target of a metric with a sample of each pod.
func (d random) perPodTarget() autoscalingv2.MetricTarget {
	if d.oneIn(3) {
		return autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: d.quantity()}
	}
	percent := int32(pick(d, d.upTo(200), 50, 80, 100, 150, math.MaxInt32))
	return autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent}
}

// valueTarget is a target of a metric with one value. That of an Object may set both fields; its type selects one.
func (d random) valueTarget(both bool) autoscalingv2.MetricTarget {
	t := autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: d.quantity()}
	if d.oneIn(2) {
		t = autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: d.quantity()}
	}
	if both && d.oneIn(5) {
		t.Value, t.AverageValue = d.quantity(), d.quantity()
	}
	return t
}
