package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Objects returns objects and their labels: pods and nodes from informers, because they are requested frequently,
// others from the API server.
type Objects struct {
	pods, nodes cache.GenericLister
	client      metadata.Interface
}

// NewObjects returns Objects with the listers of metadata informers on pods and nodes, and a client for other
// resources.
func NewObjects(pods, nodes cache.GenericLister, client metadata.Interface) *Objects {
	return &Objects{pods: pods, nodes: nodes, client: client}
}

// watched returns the lister of a resource; nil where it has none.
func (o *Objects) watched(object rule.Object) cache.GenericLister {
	switch object.Resource {
	case rule.Pods.Resource:
		return o.pods
	case rule.Nodes.Resource:
		return o.nodes
	}
	return nil
}

// Find returns a pod or a node by name; false if it does not exist.
func (o *Objects) Find(object rule.Object, namespace, name string) (metav1.Object, bool) {
	key := name
	if object.Namespaced {
		key = namespace + "/" + name
	}
	found, err := o.watched(object).Get(key)
	if err != nil {
		return nil, false
	}
	accessor, err := meta.Accessor(found)
	return accessor, err == nil
}

// Exists reports whether the object exists; true where that would require a request to the API server.
func (o *Objects) Exists(object rule.Object, namespace, name string) bool {
	if o.watched(object) == nil {
		return true
	}
	_, found := o.Find(object, namespace, name)
	return found
}

// Select returns the objects of a namespace that match a selector, sorted; of all namespaces where namespace is empty.
func (o *Objects) Select(ctx context.Context, object rule.Object, namespace string, selector labels.Selector) ([]metav1.Object, error) {
	found, err := o.list(ctx, object, namespace, selector)
	if err != nil {
		return nil, notSelected(object, err)
	}
	objects := make([]metav1.Object, len(found))
	for i := range found {
		if objects[i], err = meta.Accessor(found[i]); err != nil {
			return nil, notSelected(object, err)
		}
	}
	slices.SortFunc(objects, func(a, b metav1.Object) int {
		if order := strings.Compare(a.GetNamespace(), b.GetNamespace()); order != 0 {
			return order
		}
		return strings.Compare(a.GetName(), b.GetName())
	})
	return objects, nil
}

func (o *Objects) list(ctx context.Context, object rule.Object, namespace string, selector labels.Selector) ([]runtime.Object, error) {
	if lister := o.watched(object); lister != nil {
		if namespace == "" {
			return lister.List(selector)
		}
		return lister.ByNamespace(namespace).List(selector)
	}
	resource := object.Resource.WithVersion(object.Kind.Version)
	ctx, cancel := withWaitLimit(ctx)
	defer cancel()
	// Version 0 allows the API server to answer from its cache.
	options := metav1.ListOptions{LabelSelector: selector.String(), ResourceVersion: "0"}
	list, err := o.client.Resource(resource).Namespace(namespace).List(ctx, options)
	if err != nil {
		return nil, err
	}
	found := make([]runtime.Object, len(list.Items))
	for i := range list.Items {
		found[i] = &list.Items[i]
	}
	return found, nil
}

// notSelected states why objects could not be selected by label. The most likely reason is missing permissions of the
// adapter, so it is not reported as a denial of the caller.
func notSelected(object rule.Object, err error) error {
	if apierrors.IsForbidden(err) {
		return apierrors.NewInternalError(fmt.Errorf("the metrics adapter has no permission to list %s, so it cannot select them by label: "+
			"grant the permission, or request one object by name: %w", object.Resource, err))
	}
	return unavailable(fmt.Errorf("cannot select %s by label: %w", object.Resource, err))
}
