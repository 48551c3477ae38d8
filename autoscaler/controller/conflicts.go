package controller

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// byTarget is an index of autoscalers by what they scale.
const byTarget = "target"

var indexers = cache.Indexers{byTarget: func(object any) ([]string, error) {
	autoscaler, ok := object.(*v1alpha1.HorizontalAutoscaler)
	if !ok {
		return nil, nil
	}
	return []string{targetKey(autoscaler)}, nil
}}

// targetKey leaves the version out: the same object has several.
func targetKey(autoscaler *v1alpha1.HorizontalAutoscaler) string {
	ref := &autoscaler.Spec.ScaleTargetRef
	return autoscaler.Namespace + "/" + schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind().String() + "/" + ref.Name
}

// conflictOf names another autoscaler that scales the same target; empty where there is none. Two would each undo what the
// other does, bounds included, so that neither may act. One that only watches is nobody's rival.
func (c *Controller) conflictOf(o *object) string {
	if !acts(o.autoscaler) {
		return ""
	}
	same, err := c.indexer.ByIndex(byTarget, o.target)
	if err != nil || len(same) < 2 {
		return "" // the index is there: New has added it
	}
	var names []string
	for _, object := range same {
		if other, ok := object.(*v1alpha1.HorizontalAutoscaler); ok && other.Name != o.key.Name && acts(other) {
			names = append(names, other.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}

func acts(autoscaler *v1alpha1.HorizontalAutoscaler) bool {
	return autoscaler.Spec.Mode != v1alpha1.ModeShadow && autoscaler.Spec.Mode != v1alpha1.ModePaused
}

// alsoSelects names another autoscaler of the namespace whose selector matches one of the pods, as upstream looks for it;
// empty where there is none.
func (c *Controller) alsoSelects(o *object, pods []*corev1.Pod) string {
	for key, other := range c.objects {
		if other == o || key.Namespace != o.key.Namespace || other.selector == nil {
			continue
		}
		for _, pod := range pods {
			if other.selector.Matches(labels.Set(pod.Labels)) {
				return key.Name
			}
		}
	}
	return ""
}
