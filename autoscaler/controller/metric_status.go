package controller

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// metricStatuses returns the status of each metric, in the order of the spec. It returns none for a decision without proposals.
func metricStatuses(metrics []v1alpha1.MetricSpec, spec *engine.Spec, d *engine.Decision) []v1alpha1.MetricStatus {
	statuses := make([]v1alpha1.MetricStatus, len(d.Proposals))
	for i := range d.Proposals {
		var current autoscalingv2.MetricValueStatus
		if d.Proposals[i].Known {
			current = metricValue(&spec.Metrics[i], &d.Proposals[i])
		}
		statuses[i] = metricStatus(&metrics[i], current)
	}
	return statuses
}

func metricStatus(m *v1alpha1.MetricSpec, current autoscalingv2.MetricValueStatus) v1alpha1.MetricStatus {
	status := v1alpha1.MetricStatus{Type: m.Type}
	switch m.Type {
	case v1alpha1.ResourceMetric:
		status.Resource = &autoscalingv2.ResourceMetricStatus{Name: corev1.ResourceName(m.Resource.Name), Current: current}
	case v1alpha1.ContainerResourceMetric:
		status.ContainerResource = &autoscalingv2.ContainerResourceMetricStatus{
			Name: corev1.ResourceName(m.ContainerResource.Name), Container: m.ContainerResource.Container, Current: current,
		}
	case v1alpha1.PodsMetric:
		status.Pods = &autoscalingv2.PodsMetricStatus{Metric: autoscalingv2.MetricIdentifier(m.Pods.Metric), Current: current}
	case v1alpha1.ObjectMetric:
		status.Object = &autoscalingv2.ObjectMetricStatus{
			Metric: autoscalingv2.MetricIdentifier(m.Object.Metric), Current: current,
			DescribedObject: autoscalingv2.CrossVersionObjectReference(m.Object.DescribedObject),
		}
	case v1alpha1.ExternalMetric:
		status.External = &autoscalingv2.ExternalMetricStatus{Metric: autoscalingv2.MetricIdentifier(m.External.Metric), Current: current}
	case v1alpha1.PrometheusMetric:
		status.Prometheus = &v1alpha1.PrometheusMetricStatus{Query: m.Prometheus.Query, Current: current}
	}
	return status
}

// currentOf returns the value in a metric's status; nil for a status of no known type.
func currentOf(status *v1alpha1.MetricStatus) *autoscalingv2.MetricValueStatus {
	switch {
	case status.Resource != nil:
		return &status.Resource.Current
	case status.ContainerResource != nil:
		return &status.ContainerResource.Current
	case status.Pods != nil:
		return &status.Pods.Current
	case status.Object != nil:
		return &status.Object.Current
	case status.External != nil:
		return &status.External.Current
	case status.Prometheus != nil:
		return &status.Prometheus.Current
	default:
		return nil
	}
}

func metricValue(m *engine.Metric, p *engine.Proposal) autoscalingv2.MetricValueStatus {
	switch m.TargetType {
	case engine.Utilization:
		percent := int32(p.Current)
		return autoscalingv2.MetricValueStatus{AverageUtilization: &percent, AverageValue: resource.NewMilliQuantity(p.Average, resource.DecimalSI)}
	case engine.AverageValue:
		return autoscalingv2.MetricValueStatus{AverageValue: resource.NewMilliQuantity(p.Current, resource.DecimalSI)}
	default:
		return autoscalingv2.MetricValueStatus{Value: resource.NewMilliQuantity(p.Current, resource.DecimalSI)}
	}
}

// sampleStatuses returns, for each metric in the order of the spec, the time of its value or the reason why it is unknown.
func sampleStatuses(d *engine.Decision) []v1alpha1.SampleStatus {
	statuses := make([]v1alpha1.SampleStatus, len(d.Proposals))
	for i := range d.Proposals {
		p := &d.Proposals[i]
		statuses[i].Unknown = p.Problem
		if !p.Time.IsZero() {
			statuses[i].SampleTime = &metav1.Time{Time: p.Time}
		}
	}
	return statuses
}
