package takeover

import (
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

const (
	kindHPA          = "HorizontalPodAutoscaler"
	kindScaledObject = "ScaledObject"
	// pausedAnnotation makes KEDA delete the HPA of a ScaledObject and stop scaling.
	pausedAnnotation = "autoscaling.keda.sh/paused"
	pausedReplicas   = "autoscaling.keda.sh/paused-replicas"
)

// observed is the state of the cluster that all steps follow from.
type observed struct {
	autoscaler *v1alpha1.HorizontalAutoscaler
	// others are the HPAs and ScaledObjects of the same target. An HPA that KEDA made of a ScaledObject is in derived.
	others, derived []*unstructured.Unstructured
	// record is the original of the other controller, as the annotation has it; nil without one.
	record *record
}

// record is the content of the annotation: the other controller as it was.
type record struct {
	UID    string         `json:"uid"`
	Object map[string]any `json:"object"`
}

// newObserved selects the controllers of the autoscaler's target.
func newObserved(autoscaler *v1alpha1.HorizontalAutoscaler, scalers []unstructured.Unstructured) (*observed, error) {
	o := &observed{autoscaler: autoscaler}
	if text := autoscaler.Annotations[v1alpha1.AnnotationTakenOver]; text != "" {
		o.record = &record{}
		err := json.Unmarshal([]byte(text), o.record)
		if err == nil && o.record.Object == nil {
			err = errors.New("no object")
		}
		if err != nil {
			return nil, fmt.Errorf("metadata.annotations[%s]: Invalid value: the original object cannot be read: %w; restore the other controller by hand and remove the annotation",
				v1alpha1.AnnotationTakenOver, err)
		}
	}
	for i := range scalers {
		scaler := &scalers[i]
		switch {
		case !scales(scaler, &autoscaler.Spec.ScaleTargetRef):
		case scaler.GetKind() == kindHPA && ownedByScaledObject(scaler):
			o.derived = append(o.derived, scaler)
		default:
			o.others = append(o.others, scaler)
		}
	}
	return o, nil
}

// scales reports whether an HPA or ScaledObject has the target. The version of its API group makes no difference.
func scales(scaler *unstructured.Unstructured, target *v1alpha1.CrossVersionObjectReference) bool {
	ref, _, _ := unstructured.NestedStringMap(scaler.Object, "spec", "scaleTargetRef")
	apiVersion, kind := ref["apiVersion"], ref["kind"]
	if scaler.GetKind() == kindScaledObject && kind == "" {
		apiVersion, kind = "apps/v1", "Deployment" // KEDA's default
	}
	return ref["name"] == target.Name &&
		schema.FromAPIVersionAndKind(apiVersion, kind).GroupKind() == schema.FromAPIVersionAndKind(target.APIVersion, target.Kind).GroupKind()
}

func ownedByScaledObject(hpa *unstructured.Unstructured) bool {
	for _, owner := range hpa.GetOwnerReferences() {
		if owner.Kind == kindScaledObject {
			return true
		}
	}
	return false
}

// active returns the controllers that scale the target, or may still do so.
func (o *observed) active() []*unstructured.Unstructured {
	active := append([]*unstructured.Unstructured{}, o.derived...)
	for _, other := range o.others {
		if other.GetKind() == kindHPA || other.GetAnnotations()[pausedAnnotation] != "true" {
			active = append(active, other)
		}
	}
	return active
}

// original returns the object without what the API server sets, so that it can be created again.
func original(object *unstructured.Unstructured) map[string]any {
	kept := object.DeepCopy()
	unstructured.RemoveNestedField(kept.Object, "status")
	for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"} {
		unstructured.RemoveNestedField(kept.Object, "metadata", field)
	}
	return kept.Object
}

// recorded is the object of the record.
func (r *record) recorded() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: r.Object}
}

func describe(object *unstructured.Unstructured) string {
	return object.GetKind() + " " + object.GetName()
}
