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

// metricsClient is the metrics client of upstream. It answers with the readings of the step.
type metricsClient struct{ server *apiServer }

var errNotMeasured = errors.New("the step has no value")

// reading returns the reading of the first metric that matches.
func (m metricsClient) reading(asked func(*autoscalingv2.MetricSpec) bool) *Reading {
	spec := &m.server.stored(m.server.name).Spec
	return m.server.step.reading(slices.IndexFunc(spec.Metrics, func(metric autoscalingv2.MetricSpec) bool { return asked(&metric) }))
}

// perPod returns a new map, because upstream changes it.
func (m metricsClient) perPod(r *Reading) (metrics.PodMetricsInfo, time.Time, error) {
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

// GetResourceMetric returns samples of a resource of pods or of one container.
func (m metricsClient) GetResourceMetric(_ context.Context, resource corev1.ResourceName, _ string, _ labels.Selector, container string) (metrics.PodMetricsInfo, time.Time, error) {
	return m.perPod(m.reading(func(metric *autoscalingv2.MetricSpec) bool {
		if container != "" {
			return metric.ContainerResource != nil && metric.ContainerResource.Name == resource && metric.ContainerResource.Container == container
		}
		return metric.Resource != nil && metric.Resource.Name == resource
	}))
}

// GetRawMetric returns samples of a Pods metric.
func (m metricsClient) GetRawMetric(name, _ string, _, _ labels.Selector) (metrics.PodMetricsInfo, time.Time, error) {
	return m.perPod(m.reading(func(metric *autoscalingv2.MetricSpec) bool {
		return metric.Pods != nil && metric.Pods.Metric.Name == name
	}))
}

// GetObjectMetric returns the value of an Object metric.
func (m metricsClient) GetObjectMetric(name, _ string, _ *autoscalingv2.CrossVersionObjectReference, _ labels.Selector) (int64, time.Time, error) {
	r := m.reading(func(metric *autoscalingv2.MetricSpec) bool {
		return metric.Object != nil && metric.Object.Metric.Name == name
	})
	if r.Fails || len(r.Series) == 0 {
		return 0, time.Time{}, errNotMeasured
	}
	return r.Series[0], time.Now(), nil
}

// GetExternalMetric returns the values of an External metric.
func (m metricsClient) GetExternalMetric(name, _ string, _ labels.Selector) ([]int64, time.Time, error) {
	r := m.reading(func(metric *autoscalingv2.MetricSpec) bool {
		return metric.External != nil && metric.External.Metric.Name == name
	})
	if r.Fails || len(r.Series) == 0 {
		return nil, time.Time{}, errNotMeasured
	}
	return r.Series, time.Now(), nil
}
