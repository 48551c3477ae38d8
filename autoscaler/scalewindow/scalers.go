package scalewindow

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// scalerOf returns an autoscaler that scales the object, as kind/name; empty if none does. Autoscalers write only replicas, so
// only an object whose replicas are overridden can have one.
func (r *overrider) scalerOf(k kind, id key) string {
	if k.overrides != override.Count {
		return ""
	}
	own, err := r.autoscalers.HorizontalAutoscalers(id.namespace).List(labels.Everything())
	if err != nil { // a lister has no error
		return ""
	}
	for _, a := range own {
		if a.Spec.Mode != v1alpha1.ModeShadow && a.Spec.Mode != v1alpha1.ModePaused && targetOfAutoscaler(a) == id {
			return "HorizontalAutoscaler/" + a.Name
		}
	}
	scalers := r.scalerLister()
	if scalers == nil {
		return ""
	}
	all, err := scalers.HorizontalPodAutoscalers(id.namespace).List(labels.Everything())
	if err != nil {
		return ""
	}
	for _, a := range all {
		if targetOfScaler(a) == id {
			return "HorizontalPodAutoscaler/" + a.Name
		}
	}
	return ""
}

func targetOfAutoscaler(object any) key {
	a, ok := object.(*v1alpha1.HorizontalAutoscaler)
	if !ok {
		return key{}
	}
	ref := &a.Spec.ScaleTargetRef
	return key{schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind(), a.Namespace, ref.Name}
}

func targetOfScaler(object any) key {
	a, ok := object.(*autoscalingv2.HorizontalPodAutoscaler)
	if !ok {
		return key{}
	}
	ref := &a.Spec.ScaleTargetRef
	return key{schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind(), a.Namespace, ref.Name}
}

// syncTargetsOf returns a handler that queues the targets of autoscalers that are created, deleted or changed, if a window
// selects their kind.
func (r *overrider) syncTargetsOf(target func(object any) key) cache.ResourceEventHandlerFuncs {
	sync := func(object any) {
		if deleted, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = deleted.Obj
		}
		id := target(object)
		for _, w := range r.windowsIn(id.namespace) {
			for _, c := range w.choices {
				if c.groupKind == id.groupKind {
					r.queue.Add(id)
					return
				}
			}
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    sync,
		DeleteFunc: sync,
		UpdateFunc: func(before, after any) {
			older, newer := before.(metav1.Object), after.(metav1.Object)
			if older.GetGeneration() != newer.GetGeneration() || target(before) != target(after) {
				sync(before)
				sync(after)
			}
		},
	}
}

// stripScaler is an informer transform that keeps only the target of a HorizontalPodAutoscaler.
func stripScaler(object any) (any, error) {
	a, ok := object.(*autoscalingv2.HorizontalPodAutoscaler)
	if !ok {
		return object, nil
	}
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: a.Namespace, Name: a.Name, UID: a.UID, ResourceVersion: a.ResourceVersion, Generation: a.Generation,
		},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: a.Spec.ScaleTargetRef},
	}, nil
}
