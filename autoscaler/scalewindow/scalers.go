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

// scalerOf names an autoscaler that scales the object, as kind/name; empty where there is none. Only what is borrowed of a
// count can be another's to decide.
func (f *Overrider) scalerOf(k kind, at key) string {
	if k.overrides != override.Count {
		return ""
	}
	own, err := f.autoscalers.HorizontalAutoscalers(at.namespace).List(labels.Everything())
	if err != nil { // a lister reads memory: it has no error
		return ""
	}
	for _, a := range own {
		if a.Spec.Mode != v1alpha1.ModeShadow && a.Spec.Mode != v1alpha1.ModePaused && targetOfAutoscaler(a) == at {
			return "HorizontalAutoscaler/" + a.Name
		}
	}
	scalers := f.scalersOf()
	if scalers == nil {
		return ""
	}
	all, err := scalers.HorizontalPodAutoscalers(at.namespace).List(labels.Everything())
	if err != nil {
		return ""
	}
	for _, a := range all {
		if targetOfScaler(a) == at {
			return "HorizontalPodAutoscaler/" + a.Name
		}
	}
	return ""
}

func targetOfAutoscaler(object any) key {
	a, is := object.(*v1alpha1.HorizontalAutoscaler)
	if !is {
		return key{}
	}
	ref := &a.Spec.ScaleTargetRef
	return key{schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind(), a.Namespace, ref.Name}
}

func targetOfScaler(object any) key {
	a, is := object.(*autoscalingv2.HorizontalPodAutoscaler)
	if !is {
		return key{}
	}
	ref := &a.Spec.ScaleTargetRef
	return key{schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind(), a.Namespace, ref.Name}
}

// whenScalersChange has the targets looked at of autoscalers that come, go or change.
func (f *Overrider) whenScalersChange(target func(object any) key) cache.ResourceEventHandlerFuncs {
	look := func(object any) {
		if gone, is := object.(cache.DeletedFinalStateUnknown); is {
			object = gone.Obj
		}
		at := target(object)
		for _, w := range f.in(at.namespace) {
			for _, c := range w.choices {
				if c.is == at.is {
					f.queue.Add(at)
					return
				}
			}
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    look,
		DeleteFunc: look,
		UpdateFunc: func(before, after any) {
			was, is := before.(metav1.Object), after.(metav1.Object)
			if was.GetGeneration() != is.GetGeneration() || target(before) != target(after) {
				look(before)
				look(after)
			}
		},
	}
}

// stripScaler is an informer transform that keeps of a HorizontalPodAutoscaler only what it scales.
func stripScaler(object any) (any, error) {
	a, is := object.(*autoscalingv2.HorizontalPodAutoscaler)
	if !is {
		return object, nil
	}
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: a.Namespace, Name: a.Name, UID: a.UID, ResourceVersion: a.ResourceVersion, Generation: a.Generation,
		},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: a.Spec.ScaleTargetRef},
	}, nil
}
