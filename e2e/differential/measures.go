package differential

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
)

// measures is upstream's metrics client: it answers what the step has read.
type measures struct{ w *world }

var errNotMeasured = errors.New("the step has no value")

// about finds the reading of the metric that is asked for.
func (m measures) about(asked func(*autoscalingv2.MetricSpec) bool) *Reading {
	spec := &m.w.stored(m.w.name).Spec
	return m.w.step.reading(slices.IndexFunc(spec.Metrics, func(metric autoscalingv2.MetricSpec) bool { return asked(&metric) }))
}

// perPod makes a map that the caller may change, as upstream does.
func (m measures) perPod(r *Reading) (metrics.PodMetricsInfo, time.Time, error) {
	if r.Fails {
		return nil, time.Time{}, errNotMeasured
	}
	samples := metrics.PodMetricsInfo{}
	for pod, s := range r.Samples {
		samples[pod] = metrics.PodMetric{Timestamp: s.Time, Window: s.Window, Value: s.Value}
	}
	for i, value := range r.Strays {
		samples[fmt.Sprintf("stray-%d", i)] = metrics.PodMetric{Timestamp: time.Now(), Value: value}
	}
	return samples, time.Now(), nil
}

// GetResourceMetric answers for a resource of whole pods, or of a container.
func (m measures) GetResourceMetric(_ context.Context, resource corev1.ResourceName, _ string, _ labels.Selector, container string) (metrics.PodMetricsInfo, time.Time, error) {
	return m.perPod(m.about(func(metric *autoscalingv2.MetricSpec) bool {
		if container != "" {
			return metric.ContainerResource != nil && metric.ContainerResource.Name == resource && metric.ContainerResource.Container == container
		}
		return metric.Resource != nil && metric.Resource.Name == resource
	}))
}

// GetRawMetric answers for a Pods metric.
func (m measures) GetRawMetric(name, _ string, _, _ labels.Selector) (metrics.PodMetricsInfo, time.Time, error) {
	return m.perPod(m.about(func(metric *autoscalingv2.MetricSpec) bool {
		return metric.Pods != nil && metric.Pods.Metric.Name == name
	}))
}

// GetObjectMetric answers for an Object metric.
func (m measures) GetObjectMetric(name, _ string, _ *autoscalingv2.CrossVersionObjectReference, _ labels.Selector) (int64, time.Time, error) {
	r := m.about(func(metric *autoscalingv2.MetricSpec) bool {
		return metric.Object != nil && metric.Object.Metric.Name == name
	})
	if r.Fails || len(r.Series) == 0 {
		return 0, time.Time{}, errNotMeasured
	}
	return r.Series[0], time.Now(), nil
}

// GetExternalMetric answers for an External metric.
func (m measures) GetExternalMetric(name, _ string, _ labels.Selector) ([]int64, time.Time, error) {
	r := m.about(func(metric *autoscalingv2.MetricSpec) bool {
		return metric.External != nil && metric.External.Metric.Name == name
	})
	if r.Fails || len(r.Series) == 0 {
		return nil, time.Time{}, errNotMeasured
	}
	return r.Series, time.Now(), nil
}
