package provider

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/metrics/pkg/apis/metrics"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Pods is the resource pods of metrics.k8s.io.
type Pods struct{ *Resources }

// New returns an empty object.
func (Pods) New() runtime.Object { return &metrics.PodMetrics{} }

// NewList returns an empty list.
func (Pods) NewList() runtime.Object { return &metrics.PodMetricsList{} }

// Destroy has no resources to release.
func (Pods) Destroy() {}

// Kind of the objects; the resource is named after the described objects.
func (Pods) Kind() string { return "PodMetrics" }

// GetSingularName is the singular of pods.
func (Pods) GetSingularName() string { return "pod" }

// NamespaceScoped reports whether pods have namespaces.
func (Pods) NamespaceScoped() bool { return true }

// Get returns one pod: 404 if it does not exist or a container has no sample, 503 if the last result is too old.
func (p Pods) Get(ctx context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	namespace := request.NamespaceValue(ctx)
	pod, found := p.objects.Find(rule.Pods, namespace, name)
	if !found {
		return nil, apierrors.NewNotFound(metrics.Resource("pods"), namespace+"/"+name)
	}
	u, err := p.read(ctx, namespace, containersOf)
	if err != nil {
		return nil, err
	}
	containers, problem := u.pod(namespace, name)
	if problem != "" {
		return nil, notFound("pod %s/%s has no sample of CPU and memory for each of its containers: %s", namespace, name, problem)
	}
	return podMetrics(pod, u, containers), nil
}

// List returns the selected pods with samples of all containers.
func (p Pods) List(ctx context.Context, options *internalversion.ListOptions) (runtime.Object, error) {
	u, err := p.read(ctx, request.NamespaceValue(ctx), containersOf)
	if err != nil {
		return nil, err
	}
	pods, err := p.selectObjects(ctx, rule.Pods, request.NamespaceValue(ctx), options)
	if err != nil {
		return nil, err
	}
	list := &metrics.PodMetricsList{}
	for _, pod := range pods {
		if containers, problem := u.pod(pod.GetNamespace(), pod.GetName()); problem == "" {
			list.Items = append(list.Items, *podMetrics(pod, u, containers))
		}
	}
	return list, nil
}

func containersOf(r *rule.Resource) (*rule.MetricQuery, string) {
	return r.Containers, r.ContainersProblem
}

func podMetrics(pod metav1.Object, u *usage, containers []metrics.ContainerMetrics) *metrics.PodMetrics {
	sampled := u.oldestSample(pod.GetNamespace(), pod.GetName())
	return &metrics.PodMetrics{
		ObjectMeta: objectMeta(pod, sampled),
		Timestamp:  sampled,
		Window:     u.window,
		Containers: containers,
	}
}

// objectMeta returns the metadata of the described object; the creation time is that of the samples.
func objectMeta(object metav1.Object, sampled metav1.Time) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:              object.GetName(),
		Namespace:         object.GetNamespace(),
		Labels:            object.GetLabels(),
		CreationTimestamp: sampled,
	}
}
