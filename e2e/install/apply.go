package install

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/e2e/chart"
	"flyball.dev/flyball/e2e/cluster"
)

// applier applies objects server-side.
type applier struct {
	cluster *cluster.Cluster
	client  dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

func newApplier(c *cluster.Cluster) (*applier, error) {
	client, err := dynamic.NewForConfig(c.Config)
	if err != nil {
		return nil, err
	}
	discoverer, err := discovery.NewDiscoveryClientForConfig(c.Config)
	if err != nil {
		return nil, err
	}
	return &applier{c, client, restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discoverer))}, nil
}

// apply applies the chart as Helm does: the CRDs, and the rest once the API server serves them.
func (a *applier) apply(ctx context.Context, rendered *chart.Rendered) error {
	for _, crd := range rendered.CRDs {
		if err := a.applyOne(ctx, crd); err != nil {
			return err
		}
	}
	for _, crd := range rendered.CRDs {
		if err := a.waitFor(ctx, crd, "Established"); err != nil {
			return err
		}
	}
	a.mapper.Reset()
	for _, object := range rendered.Objects {
		if err := a.applyOne(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) applyOne(ctx context.Context, object *unstructured.Unstructured) error {
	resource, err := a.resource(object)
	if err == nil {
		_, err = resource.Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: "helm", Force: true})
	}
	if err != nil {
		return fmt.Errorf("applying %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

func (a *applier) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := object.GroupVersionKind()
	mapping, err := a.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return a.client.Resource(mapping.Resource), nil
	}
	return a.client.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
}

// waitForAPIs waits until the aggregation layer reaches the adapter for every group that the chart registers.
func (a *applier) waitForAPIs(ctx context.Context, rendered *chart.Rendered) error {
	for _, object := range rendered.Objects {
		if object.GetKind() == "APIService" {
			if err := a.waitFor(ctx, object, "Available"); err != nil {
				return err
			}
		}
	}
	return nil
}

// waitFor waits for a condition of an object to be true; the error has the last message of the condition.
func (a *applier) waitFor(ctx context.Context, object *unstructured.Unstructured, condition string) error {
	resource, err := a.resource(object)
	if err != nil {
		return err
	}
	last := "no such condition yet"
	err = a.cluster.Wait(ctx, fmt.Sprintf("%s %s to be %s", object.GetKind(), object.GetName(), condition), func(ctx context.Context) (bool, error) {
		got, err := resource.Get(ctx, object.GetName(), metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		// An error means that the list is null, as the API server writes it first.
		conditions, _, _ := unstructured.NestedSlice(got.Object, "status", "conditions")
		for _, entry := range conditions {
			if fields, ok := entry.(map[string]any); ok && fields["type"] == condition {
				last = fmt.Sprintf("%v: %v", fields["reason"], fields["message"])
				return fields["status"] == "True", nil
			}
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("%w (last seen: %s)", err, last)
	}
	return nil
}

// Apply applies a YAML text of one or more objects, in their order, server-side.
func Apply(ctx context.Context, c *cluster.Cluster, manifests string) error {
	a, err := newApplier(c)
	if err != nil {
		return err
	}
	for document := range strings.SplitSeq(manifests, "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(document), &object.Object); err != nil {
			return fmt.Errorf("manifest: %w\n%s", err, document)
		}
		if err := a.applyOne(ctx, object); err != nil {
			return err
		}
	}
	return nil
}
