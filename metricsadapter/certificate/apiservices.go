package certificate

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/retry"
	"k8s.io/klog/v2"
)

var apiServices = schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}

// ServiceAnnotation of an APIService has the namespace and name of the Service of the adapter that it leads to. It stays where another
// provider takes the APIService, so that flyball doctor can name that.
const ServiceAnnotation = "flyball.dev/metricsadapter"

// APIServices publishes the CA certificates of a replica in spec.caBundle of APIServices. Each replica replaces its own entries,
// with the resource version as precondition, so that the replicas need no leader.
type APIServices struct {
	client  dynamic.Interface
	names   []string
	service types.NamespacedName
	replica string
	changed chan struct{}

	mu sync.Mutex
	// skipped is why an APIService is left alone, for one log entry each.
	skipped map[string]string
}

// NewAPIServices returns a publisher for the APIServices of these names that lead to the service.
func NewAPIServices(client dynamic.Interface, names []string, service types.NamespacedName, replica string) *APIServices {
	return &APIServices{
		client: client, names: names, service: service, replica: replica, changed: make(chan struct{}, 1), skipped: map[string]string{},
	}
}

// Changed receives after one of the APIServices has changed, once Watch runs.
func (a *APIServices) Changed() <-chan struct{} { return a.changed }

// Watch watches the APIServices, one by one, so that the permission to watch these names is enough, until ctx ends.
func (a *APIServices) Watch(ctx context.Context) {
	for _, name := range a.names {
		informer := dynamicinformer.NewFilteredDynamicInformer(a.client, apiServices, "", 0, cache.Indexers{}, func(options *metav1.ListOptions) {
			options.FieldSelector = fields.OneTermEqualSelector("metadata.name", name).String()
		}).Informer()
		// An error means that the informer has stopped, and it has not started.
		_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { a.signal() }, UpdateFunc: func(any, any) { a.signal() },
		})
		go informer.RunWithContext(ctx)
	}
}

func (a *APIServices) signal() {
	select {
	case a.changed <- struct{}{}:
	default: // it is signaled already
	}
}

// Publish has the API server trust the authorities of this replica, in place of its former ones.
func (a *APIServices) Publish(ctx context.Context, authorities [][]byte) error {
	var failed []error
	for _, name := range a.names {
		err := retry.RetryOnConflict(retry.DefaultRetry, func() error { return a.publish(ctx, name, authorities) })
		if err != nil {
			failed = append(failed, fmt.Errorf("APIService %s: %w", name, err))
		}
	}
	return errors.Join(failed...)
}

func (a *APIServices) publish(ctx context.Context, name string, authorities [][]byte) error {
	client := a.client.Resource(apiServices)
	object, err := client.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil // its creation is a change
	}
	if err != nil {
		return err
	}
	if reason := a.refusal(object); a.skips(ctx, name, reason) {
		return nil
	}
	// Errors mean that the bundle is missing: the API server accepts only base64.
	text, _, _ := unstructured.NestedString(object.Object, "spec", "caBundle")
	bundle, _ := base64.StdEncoding.DecodeString(text)
	now := time.Now()
	if holds(bundle, a.replica, authorities, now) && object.GetAnnotations()[ServiceAnnotation] == a.service.String() {
		return nil
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"resourceVersion": object.GetResourceVersion(), "annotations": map[string]string{ServiceAnnotation: a.service.String()}},
		"spec":     map[string]any{"caBundle": bytes.TrimSpace(merge(bundle, a.replica, authorities, now))},
	})
	if err != nil {
		return err
	}
	_, err = client.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "flyball-metricsadapter"})
	return err
}

// refusal returns why an APIService is not to be changed; empty for one of this adapter.
func (a *APIServices) refusal(object *unstructured.Unstructured) string {
	// Errors mean that a field is missing.
	namespace, _, _ := unstructured.NestedString(object.Object, "spec", "service", "namespace")
	name, _, _ := unstructured.NestedString(object.Object, "spec", "service", "name")
	insecure, _, _ := unstructured.NestedBool(object.Object, "spec", "insecureSkipTLSVerify")
	switch {
	case namespace != a.service.Namespace || name != a.service.Name:
		return fmt.Sprintf("it leads to the service %s/%s, not to %s", namespace, name, a.service)
	case insecure:
		return "insecureSkipTLSVerify is true"
	}
	return ""
}

// skips reports whether a reason exists, and logs it when it is new.
func (a *APIServices) skips(ctx context.Context, name, reason string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if reason != "" && a.skipped[name] != reason {
		klog.FromContext(ctx).Info("The CA is not published in an APIService", "apiservice", name, "reason", reason)
	}
	a.skipped[name] = reason
	return reason != ""
}
