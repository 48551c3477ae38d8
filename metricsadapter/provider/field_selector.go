package provider

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"flyball.dev/flyball/metricsadapter/rule"
)

// selectObjects returns the objects that a list request selects, by labels and by name.
func (r *Resources) selectObjects(
	ctx context.Context, of rule.Object, namespace string, options *internalversion.ListOptions,
) ([]metav1.Object, error) {
	byLabel, byField := labels.Everything(), fields.Everything()
	if options != nil && options.LabelSelector != nil {
		byLabel = options.LabelSelector
	}
	if options != nil && options.FieldSelector != nil {
		byField = options.FieldSelector
	}
	for _, wanted := range byField.Requirements() {
		if wanted.Field != "metadata.name" && wanted.Field != "metadata.namespace" {
			return nil, badRequest(fmt.Errorf("field selector %s is not supported: use metadata.name or metadata.namespace", wanted.Field))
		}
	}
	objects, err := r.objects.Select(ctx, of, namespace, byLabel)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(objects, func(o metav1.Object) bool {
		return !byField.Matches(fields.Set{"metadata.name": o.GetName(), "metadata.namespace": o.GetNamespace()})
	}), nil
}
