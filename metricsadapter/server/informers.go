package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/metricsadapter/provider"
)

// objectInformers keep only the names and labels of pods and nodes.
type objectInformers struct {
	factory metadatainformer.SharedInformerFactory
	synced  []cache.InformerSynced
	objects *provider.Objects
}

func newObjectInformers(config *rest.Config) (*objectInformers, error) {
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the metadata client: %w", err)
	}
	w := &objectInformers{factory: metadatainformer.NewSharedInformerFactory(client, 0)}
	pods, err := w.add(corev1.SchemeGroupVersion.WithResource("pods"))
	if err != nil {
		return nil, err
	}
	nodes, err := w.add(corev1.SchemeGroupVersion.WithResource("nodes"))
	if err != nil {
		return nil, err
	}
	w.objects = provider.NewObjects(pods, nodes, client)
	return w, nil
}

func (w *objectInformers) add(resource schema.GroupVersionResource) (cache.GenericLister, error) {
	informer := w.factory.ForResource(resource)
	if err := informer.Informer().SetTransform(strip); err != nil {
		return nil, fmt.Errorf("watching %s: %w", resource.Resource, err)
	}
	w.synced = append(w.synced, informer.Informer().HasSynced)
	return informer.Lister(), nil
}

// strip drops unused fields, which are most of an object's metadata.
func strip(object any) (any, error) {
	if o, ok := object.(*metav1.PartialObjectMetadata); ok {
		return &metav1.PartialObjectMetadata{TypeMeta: o.TypeMeta, ObjectMeta: metav1.ObjectMeta{
			Name:            o.Name,
			Namespace:       o.Namespace,
			UID:             o.UID,
			ResourceVersion: o.ResourceVersion,
			Labels:          o.Labels,
		}}, nil
	}
	return object, nil
}

func (w *objectInformers) start(ctx context.Context) { w.factory.Start(ctx.Done()) }

// Name of the readiness check.
func (w *objectInformers) Name() string { return "objects-known" }

// Check fails until the informers for pods and nodes have synced.
func (w *objectInformers) Check(_ *http.Request) error {
	for _, synced := range w.synced {
		if !synced() {
			return errors.New("the informers for pods and nodes have not synced yet")
		}
	}
	return nil
}
