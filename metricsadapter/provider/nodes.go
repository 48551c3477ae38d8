package provider

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/metrics/pkg/apis/metrics"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Nodes is the resource nodes of metrics.k8s.io.
type Nodes struct{ *Resources }

// New returns an empty object.
func (Nodes) New() runtime.Object { return &metrics.NodeMetrics{} }

// NewList returns an empty list.
func (Nodes) NewList() runtime.Object { return &metrics.NodeMetricsList{} }

// Destroy has no resources to release.
func (Nodes) Destroy() {}

// Kind of the objects; the resource is named after the described objects.
func (Nodes) Kind() string { return "NodeMetrics" }

// GetSingularName is the singular of nodes.
func (Nodes) GetSingularName() string { return "node" }

// NamespaceScoped reports whether nodes have no namespace.
func (Nodes) NamespaceScoped() bool { return false }

// Get returns one node: 404 if it does not exist or has no samples, 503 if the last result is too old.
func (n Nodes) Get(ctx context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	node, found := n.objects.Find(rule.Nodes, "", name)
	if !found {
		return nil, apierrors.NewNotFound(metrics.Resource("nodes"), name)
	}
	u, err := n.read(ctx, "", nodesOf)
	if err != nil {
		return nil, err
	}
	used, problem := u.node(name)
	if problem != "" {
		return nil, notFound("node %s has no sample of CPU and memory: %s", name, problem)
	}
	return nodeMetrics(node, u, used), nil
}

// List returns the selected nodes that have samples.
func (n Nodes) List(ctx context.Context, options *internalversion.ListOptions) (runtime.Object, error) {
	u, err := n.read(ctx, "", nodesOf)
	if err != nil {
		return nil, err
	}
	nodes, err := n.selectObjects(ctx, rule.Nodes, "", options)
	if err != nil {
		return nil, err
	}
	list := &metrics.NodeMetricsList{}
	for _, node := range nodes {
		if used, problem := u.node(node.GetName()); problem == "" {
			list.Items = append(list.Items, *nodeMetrics(node, u, used))
		}
	}
	return list, nil
}

func nodesOf(r *rule.Resource) (*rule.MetricQuery, string) { return r.Nodes, r.NodesProblem }

func nodeMetrics(node metav1.Object, u *usage, used corev1.ResourceList) *metrics.NodeMetrics {
	sampled := u.oldestSample("", node.GetName())
	return &metrics.NodeMetrics{ObjectMeta: objectMeta(node, sampled), Timestamp: sampled, Window: u.window, Usage: used}
}
