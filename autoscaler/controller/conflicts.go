package controller

import (
	"slices"

	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/target"
)

// byTarget is an index of autoscalers by their targets.
const byTarget = "target"

var indexers = cache.Indexers{byTarget: func(object any) ([]string, error) {
	autoscaler, ok := object.(*v1alpha1.HorizontalAutoscaler)
	if !ok {
		return nil, nil
	}
	return []string{targetKey(autoscaler)}, nil
}}

func targetKey(autoscaler *v1alpha1.HorizontalAutoscaler) string {
	ref := &autoscaler.Spec.ScaleTargetRef
	return target.Ref{Namespace: autoscaler.Namespace, APIVersion: ref.APIVersion, Kind: ref.Kind, Name: ref.Name}.Key()
}

// hpaKind and autoscalerKind begin the names of conflicting autoscalers.
const (
	hpaKind        = "HorizontalPodAutoscaler "
	autoscalerKind = "HorizontalAutoscaler "
)

// conflictOf returns the kind and name of another autoscaler that scales the same target; empty if none does. Each would revert the
// changes of the other, so this one does not scale. One that does not write, by its mode, has no conflict: in mode Shadow, the
// HorizontalPodAutoscaler is what it is compared with.
func (c *Controller) conflictOf(o *object) string {
	if !writes(o.autoscaler) {
		return ""
	}
	if hpa := c.deps.Scalers.Of(o.target); hpa != "" {
		return hpaKind + hpa
	}
	same, err := c.indexer.ByIndex(byTarget, o.target)
	if err != nil || len(same) < 2 { // New has added the index
		return ""
	}
	var names []string
	for _, object := range same {
		if other, ok := object.(*v1alpha1.HorizontalAutoscaler); ok && other.Name != o.key.Name && writes(other) {
			names = append(names, other.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return autoscalerKind + slices.Min(names)
}

// wakeTarget makes the autoscalers of a target due. Any goroutine may call it.
func (c *Controller) wakeTarget(key string) {
	found, err := c.indexer.ByIndex(byTarget, key)
	if err != nil { // New has added the index
		return
	}
	for _, object := range found {
		if autoscaler, ok := object.(*v1alpha1.HorizontalAutoscaler); ok && writes(autoscaler) {
			c.Wake(cache.MetaObjectToName(autoscaler))
		}
	}
}

// writes reports whether the mode of an autoscaler lets it change its target.
func writes(autoscaler *v1alpha1.HorizontalAutoscaler) bool {
	return autoscaler.Spec.Mode != v1alpha1.ModeShadow && autoscaler.Spec.Mode != v1alpha1.ModePaused
}

// alsoSelects returns the name of another autoscaler of the namespace whose selector matches one of the pods, by the search of
// kube-controller-manager; empty if none does.
func (c *Controller) alsoSelects(o *object, pods []*target.Pod) string {
	for key, other := range c.objects {
		if other == o || key.Namespace != o.key.Namespace || other.selector == nil {
			continue
		}
		for _, pod := range pods {
			if pod.Matches(other.selector) {
				return key.Name
			}
		}
	}
	return ""
}
