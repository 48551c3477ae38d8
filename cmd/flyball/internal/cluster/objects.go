package cluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// Objects reads decoded objects of kinds that other programs define.
type Objects struct {
	client    dynamic.Interface
	namespace string
}

// Objects returns those of the namespace of the flags, or of all namespaces.
func (c *Cluster) Objects(allNamespaces bool) (*Objects, error) {
	namespace := metav1.NamespaceAll
	var err error
	if !allNamespaces {
		if namespace, err = c.Namespace(); err != nil {
			return nil, err
		}
	}
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	return &Objects{client: client, namespace: namespace}, err
}

// Namespace is empty for all namespaces.
func (o *Objects) Namespace() string { return o.namespace }

// Get reads an object; found is false where it does not exist, or the cluster does not have its kind.
func (o *Objects) Get(ctx context.Context, resource schema.GroupVersionResource, namespaced bool, name string) (object map[string]any, found bool, err error) {
	one, err := o.of(resource, namespaced).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("getting %s %s: %w", resource.GroupResource(), name, err)
	}
	return one.Object, true, nil
}

// List reads the objects of a kind; known is false where the cluster does not have it.
func (o *Objects) List(ctx context.Context, resource schema.GroupVersionResource, namespaced bool) (objects []map[string]any, known bool, err error) {
	options := metav1.ListOptions{Limit: listLimit}
	for {
		list, err := o.of(resource, namespaced).List(ctx, options)
		switch {
		case apierrors.IsNotFound(err):
			return nil, false, nil
		case err != nil:
			return nil, false, fmt.Errorf("listing %s: %w", resource.GroupResource(), err)
		}
		for i := range list.Items {
			objects = append(objects, list.Items[i].Object)
		}
		if options.Continue = list.GetContinue(); options.Continue == "" {
			return objects, true, nil
		}
	}
}

func (o *Objects) of(resource schema.GroupVersionResource, namespaced bool) dynamic.ResourceInterface {
	if !namespaced {
		return o.client.Resource(resource)
	}
	return o.client.Resource(resource).Namespace(o.namespace)
}
