package cluster

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// resourceOf returns the resource of a kind of autoscalers, by a name that kubectl has for it.
func resourceOf(kind string) (resource schema.GroupVersionResource, known bool) {
	switch strings.ToLower(kind) {
	case "ha", "horizontalautoscaler", "horizontalautoscalers", "horizontalautoscalers." + v1alpha1.SchemeGroupVersion.Group:
		return v1alpha1.SchemeGroupVersion.WithResource("horizontalautoscalers"), true
	case "hpa", "horizontalpodautoscaler", "horizontalpodautoscalers", "horizontalpodautoscalers.autoscaling":
		return schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}, true
	case "so", "scaledobject", "scaledobjects", "scaledobjects.keda.sh":
		return schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}, true
	default:
		return schema.GroupVersionResource{}, false
	}
}

// Object reads an autoscaler of a kind in the namespace, as JSON: a HorizontalAutoscaler, HorizontalPodAutoscaler or ScaledObject.
func (c *Cluster) Object(ctx context.Context, kind, name string) ([]byte, error) {
	resource, known := resourceOf(kind)
	if !known {
		return nil, fmt.Errorf("NAME: Unsupported value: %q: must be NAME, hpa/NAME or scaledobject/NAME", kind+"/"+name)
	}
	namespace, err := c.Namespace()
	if err != nil {
		return nil, err
	}
	config, err := c.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	found, err := client.Resource(resource).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case err == nil:
		return found.MarshalJSON()
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("%s %q not found in namespace %q; use -n for another namespace, or hpa/%s or scaledobject/%s for another kind",
			resource.Resource, name, namespace, name, name)
	default:
		return nil, fmt.Errorf("getting %s %s/%s: %w", resource.Resource, namespace, name, err)
	}
}
