package scalewindow

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// manager is the field manager of the writes, in managedFields.
const manager = "flyball-autoscaler"

// object is a target as it was read.
type object struct {
	*unstructured.Unstructured
	// values of the fields that windows override.
	values override.Values
	// record in the annotation; nil if the object has none.
	record *override.Record
	// scale is set for a kind whose fields are unknown.
	scale *unstructured.Unstructured
}

// fields are the overridable fields in the spec of an object.
var fields = map[override.Kind][]override.Field{
	override.Bounds:     {override.MinReplicas, override.MaxReplicas},
	override.Count:      {override.Replicas},
	override.Suspension: {override.Suspend},
}

// defaults are the API's for absent fields.
var defaults = override.Values{override.MinReplicas: 1, override.MaxReplicas: 1, override.Replicas: 1, override.Suspend: 0}

func (r *overrider) client(k kind, namespace string) dynamic.ResourceInterface {
	return r.deps.Dynamic.Resource(k.resource).Namespace(namespace)
}

// read reads an object and, if the kind needs it, its scale. If these are of different versions, the error is a conflict.
func (r *overrider) read(ctx context.Context, k kind, id key) (*object, error) {
	raw, err := r.client(k, id.namespace).Get(ctx, id.name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if k.atomic {
		return parse(k, raw, nil)
	}
	scale, err := r.client(k, id.namespace).Get(ctx, id.name, metav1.GetOptions{}, "scale")
	if err != nil {
		if apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("kind %s has no scale subresource", raw.GetKind()) // the object exists
		}
		return nil, fmt.Errorf("reading its scale: %w", err)
	}
	if scale.GetResourceVersion() != raw.GetResourceVersion() {
		return nil, apierrors.NewConflict(k.resource.GroupResource(), id.name, errChanged)
	}
	return parse(k, raw, scale)
}

func parse(k kind, raw, scale *unstructured.Unstructured) (*object, error) {
	o := &object{Unstructured: raw, values: override.Values{}, scale: scale}
	from := raw
	if scale != nil {
		from = scale
	}
	for _, field := range fields[k.overrides] {
		value, found, err := number(from, field)
		if err != nil {
			return nil, err
		}
		switch {
		case found:
		case scale != nil: // a scale omits 0 replicas
		default:
			value = defaults[field]
		}
		o.values[field] = value
	}
	text, found := raw.GetAnnotations()[v1alpha1.AnnotationOriginalValues]
	if !found {
		return o, nil
	}
	record, err := override.Parse(text)
	if err != nil {
		return nil, &badRecordError{text: text, cause: err}
	}
	o.record = record
	return o, nil
}

// number returns a field of the spec; a Boolean as 0 or 1.
func number(from *unstructured.Unstructured, field override.Field) (int32, bool, error) {
	if field == override.Suspend {
		suspended, found, err := unstructured.NestedBool(from.Object, "spec", string(field))
		if suspended {
			return 1, found, err
		}
		return 0, found, err
	}
	value, found, err := unstructured.NestedInt64(from.Object, "spec", string(field))
	return int32(value), found, err // the API server accepts no larger one
}

// write sends one write, for the version of the object that was read, and returns the object after it.
func (r *overrider) write(ctx context.Context, k kind, id key, o *object, w override.Write) (*object, error) {
	if w.Values != nil && !k.atomic {
		scale := o.scale.DeepCopy()
		if err := unstructured.SetNestedField(scale.Object, int64(w.Values[override.Replicas]), "spec", "replicas"); err != nil {
			return nil, err
		}
		if _, err := r.client(k, id.namespace).Update(ctx, scale, metav1.UpdateOptions{FieldManager: manager}, "scale"); err != nil {
			return nil, err
		}
		return r.read(ctx, k, id)
	}
	patch, err := json.Marshal(patchOf(o, w))
	if err != nil {
		return nil, err
	}
	raw, err := r.client(k, id.namespace).Patch(ctx, id.name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: manager})
	if err != nil {
		return nil, err
	}
	if k.atomic {
		return parse(k, raw, nil)
	}
	return r.read(ctx, k, id)
}

// patchOf returns a merge patch with the object's resourceVersion, so that the API server rejects it if the object has changed.
func patchOf(o *object, w override.Write) map[string]any {
	metadata := map[string]any{"resourceVersion": o.GetResourceVersion(), "uid": o.GetUID()}
	patch := map[string]any{"metadata": metadata}
	if w.Records {
		var text, label any // null removes them
		if w.Record != nil {
			text, label = w.Record.Text(), v1alpha1.LabelOverriddenTrue
		}
		metadata["annotations"] = map[string]any{v1alpha1.AnnotationOriginalValues: text}
		metadata["labels"] = map[string]any{v1alpha1.LabelOverridden: label}
	}
	spec := map[string]any{}
	for field, value := range w.Values {
		switch {
		case value == o.values[field]:
		case field == override.Suspend:
			spec[string(field)] = value != 0
		default:
			spec[string(field)] = value
		}
	}
	if len(spec) > 0 {
		patch["spec"] = spec
	}
	return patch
}
