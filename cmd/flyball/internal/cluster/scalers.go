package cluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// fieldManager owns the fields that commands set.
const fieldManager = "flyball"

// The kinds of other controllers that scale targets.
var (
	horizontalPodAutoscalers = schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}
	scaledObjects            = schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}
)

// Scalers are the HorizontalPodAutoscalers and ScaledObjects of the namespace beside its HorizontalAutoscalers.
type Scalers struct {
	cluster   *Cluster
	namespace string
	client    dynamic.Interface
}

// Scalers returns those of the namespace of the flags.
func (c *Cluster) Scalers() (*Scalers, error) {
	namespace, err := c.Namespace()
	if err != nil {
		return nil, err
	}
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	return &Scalers{cluster: c, namespace: namespace, client: client}, err
}

// Autoscaler reads a HorizontalAutoscaler.
func (s *Scalers) Autoscaler(ctx context.Context, name string) (*v1alpha1.HorizontalAutoscaler, error) {
	return s.cluster.Autoscaler(ctx, name)
}

// Scalers lists the HPAs and ScaledObjects. A cluster without KEDA has none of the latter.
func (s *Scalers) Scalers(ctx context.Context) ([]unstructured.Unstructured, error) {
	hpas, err := s.client.Resource(horizontalPodAutoscalers).Namespace(s.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing HorizontalPodAutoscalers: %w", err)
	}
	scaled, err := s.client.Resource(scaledObjects).Namespace(s.namespace).List(ctx, metav1.ListOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return hpas.Items, nil
	case err != nil:
		return nil, fmt.Errorf("listing ScaledObjects: %w", err)
	}
	return append(hpas.Items, scaled.Items...), nil
}

// PatchAutoscaler sends a merge patch of a HorizontalAutoscaler.
func (s *Scalers) PatchAutoscaler(ctx context.Context, name string, patch []byte) error {
	client, err := s.cluster.client()
	if err != nil {
		return err
	}
	_, err = client.AutoscalingV1alpha1().HorizontalAutoscalers(s.namespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	return err
}

// PatchScaler sends a merge patch.
func (s *Scalers) PatchScaler(ctx context.Context, object *unstructured.Unstructured, patch []byte) error {
	_, err := s.of(object).Patch(ctx, object.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	return err
}

// CreateScaler creates an object.
func (s *Scalers) CreateScaler(ctx context.Context, object *unstructured.Unstructured) error {
	_, err := s.of(object).Create(ctx, object, metav1.CreateOptions{FieldManager: fieldManager})
	return err
}

// DeleteScaler deletes an object, unless it has changed.
func (s *Scalers) DeleteScaler(ctx context.Context, object *unstructured.Unstructured) error {
	uid, version := object.GetUID(), object.GetResourceVersion()
	return s.of(object).Delete(ctx, object.GetName(), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version}})
}

func (s *Scalers) of(object *unstructured.Unstructured) dynamic.ResourceInterface {
	resource := horizontalPodAutoscalers
	if object.GetKind() == "ScaledObject" {
		resource = scaledObjects
	}
	return s.client.Resource(resource).Namespace(s.namespace)
}
