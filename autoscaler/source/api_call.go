package source

import (
	"cmp"
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
	"k8s.io/metrics/pkg/client/custom_metrics"

	"flyball.dev/flyball/autoscaler/engine"
)

// call is one request to a metrics API. Equal values are the same request.
type call struct {
	kind      engine.MetricType
	namespace string
	metric    string
	selector  string
	pods      string
	object    engine.ObjectRef
}

// callOf returns the call of a request. One call returns CPU and memory of the same pods.
func callOf(r *Request) call {
	m := r.Metric
	switch m.Type {
	case engine.Resource, engine.ContainerResource:
		return call{kind: engine.Resource, namespace: r.Namespace, pods: r.PodSelector}
	case engine.Pods:
		return call{kind: m.Type, namespace: r.Namespace, metric: m.Name, selector: m.Selector, pods: r.PodSelector}
	case engine.Object:
		return call{kind: m.Type, namespace: r.Namespace, metric: m.Name, selector: m.Selector, object: m.Object}
	}
	return call{kind: m.Type, namespace: r.Namespace, metric: m.Name, selector: m.Selector}
}

// podWindow is the window of a Pods metric whose provider reports none, as in the HPA controller.
const podWindow = time.Minute

func (a *API) make(ctx context.Context, c call) ([]apiSample, error) {
	selector, err := labels.Parse(c.selector)
	if err != nil {
		return nil, fmt.Errorf("metric selector %q: %w", c.selector, err)
	}
	switch c.kind {
	case engine.Resource:
		return a.podUse(ctx, c)
	case engine.Pods:
		return a.podMetric(c, selector)
	case engine.Object:
		return a.objectMetric(c, selector)
	case engine.External:
		return a.externalMetric(ctx, c, selector)
	}
	return nil, fmt.Errorf("the metrics APIs have no metrics of type %d", c.kind)
}

func (a *API) podUse(ctx context.Context, c call) ([]apiSample, error) {
	list, err := a.resource.PodMetricses(c.namespace).List(ctx, metav1.ListOptions{LabelSelector: c.pods})
	if err != nil {
		return nil, fmt.Errorf("metrics.k8s.io: %w", err)
	}
	samples := make([]apiSample, len(list.Items))
	for i := range list.Items {
		item := &list.Items[i]
		samples[i] = apiSample{name: item.Name, containers: item.Containers, time: item.Timestamp.Time, window: item.Window.Duration}
	}
	return samples, nil
}

func (a *API) podMetric(c call, selector labels.Selector) ([]apiSample, error) {
	pods, err := labels.Parse(c.pods)
	if err != nil {
		return nil, fmt.Errorf("pod selector %q: %w", c.pods, err)
	}
	list, err := a.custom.NamespacedMetrics(c.namespace).GetForObjects(schema.GroupKind{Kind: "Pod"}, pods, c.metric, selector)
	if err != nil {
		return nil, fmt.Errorf("custom.metrics.k8s.io: %w", err)
	}
	samples := make([]apiSample, len(list.Items))
	for i := range list.Items {
		samples[i] = ofCustom(&list.Items[i])
	}
	return samples, nil
}

func (a *API) objectMetric(c call, selector labels.Selector) ([]apiSample, error) {
	kind := schema.FromAPIVersionAndKind(c.object.APIVersion, c.object.Kind).GroupKind()
	var metrics custom_metrics.MetricsInterface
	name := c.object.Name
	if c.object.Kind == "Namespace" && kind.Group == "" {
		metrics, name = a.custom.RootScopedMetrics(), c.namespace
	} else {
		metrics = a.custom.NamespacedMetrics(c.namespace)
	}
	value, err := metrics.GetForObject(kind, name, c.metric, selector)
	if err != nil {
		return nil, fmt.Errorf("custom.metrics.k8s.io: %w", err)
	}
	return []apiSample{ofCustom(value)}, nil
}

func (a *API) externalMetric(ctx context.Context, c call, selector labels.Selector) ([]apiSample, error) {
	list, err := a.external.list(ctx, c.namespace, c.metric, selector)
	if err != nil {
		return nil, fmt.Errorf("external.metrics.k8s.io: %w", err)
	}
	samples := make([]apiSample, len(list.Items))
	for i := range list.Items {
		samples[i] = apiSample{value: list.Items[i].Value, time: list.Items[i].Timestamp.Time}
	}
	return samples, nil
}

func ofCustom(v *v1beta2.MetricValue) apiSample {
	return apiSample{
		name:   v.DescribedObject.Name,
		value:  v.Value,
		time:   v.Timestamp.Time,
		window: cmp.Or(time.Duration(deref(v.WindowSeconds))*time.Second, podWindow),
	}
}

func deref(seconds *int64) int64 {
	if seconds == nil {
		return 0
	}
	return *seconds
}
