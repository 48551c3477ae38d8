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

// manager is what managedFields call our writes.
const manager = "flyball-autoscaler"

// object is one as it was read.
type object struct {
	*unstructured.Unstructured
	has override.Values
	// record on the object; nil where there is none.
	record *override.Record
	// scale of an object whose own fields are not known.
	scale *unstructured.Unstructured
}

// fields are where what is borrowed stands in an object's spec.
var fields = map[override.Kind][]override.Field{
	override.Bounds:     {override.MinReplicas, override.MaxReplicas},
	override.Count:      {override.Replicas},
	override.Suspension: {override.Suspend},
}

// defaults are the API's for fields that are left out.
var defaults = override.Values{override.MinReplicas: 1, override.MaxReplicas: 1, override.Replicas: 1, override.Suspend: 0}

func (f *Overrider) client(k kind, namespace string) dynamic.ResourceInterface {
	return f.deps.Dynamic.Resource(k.resource).Namespace(namespace)
}

// read reads an object. Where it takes two reads, they are of one version, or the error is a conflict.
func (f *Overrider) read(ctx context.Context, k kind, at key) (*object, error) {
	raw, err := f.client(k, at.namespace).Get(ctx, at.name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if k.atOnce {
		return parse(k, raw, nil)
	}
	scale, err := f.client(k, at.namespace).Get(ctx, at.name, metav1.GetOptions{}, "scale")
	if err != nil {
		if apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("kind %s has no scale", raw.GetKind()) // not that the object is gone
		}
		return nil, fmt.Errorf("its scale: %w", err)
	}
	if scale.GetResourceVersion() != raw.GetResourceVersion() {
		return nil, apierrors.NewConflict(k.resource.GroupResource(), at.name, errMoved)
	}
	return parse(k, raw, scale)
}

func parse(k kind, raw, scale *unstructured.Unstructured) (*object, error) {
	o := &object{Unstructured: raw, has: override.Values{}, scale: scale}
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
		case scale != nil: // a scale leaves out a count of 0
		default:
			value = defaults[field]
		}
		o.has[field] = value
	}
	text, noted := raw.GetAnnotations()[v1alpha1.AnnotationOriginalValues]
	if !noted {
		return o, nil
	}
	record, err := override.Parse(text)
	if err != nil {
		return nil, &badRecordError{text: text, cause: err}
	}
	o.record = record
	return o, nil
}

// number reads a field of the spec.
func number(from *unstructured.Unstructured, field override.Field) (int32, bool, error) {
	if field == override.Suspend {
		suspended, found, err := unstructured.NestedBool(from.Object, "spec", string(field))
		if suspended {
			return 1, found, err
		}
		return 0, found, err
	}
	value, found, err := unstructured.NestedInt64(from.Object, "spec", string(field))
	return int32(value), found, err // the API server keeps no greater one
}

// write does one write to the version of the object that was read, and gives what is there now.
func (f *Overrider) write(ctx context.Context, k kind, at key, o *object, w override.Write) (*object, error) {
	if w.Values != nil && !k.atOnce {
		scale := o.scale.DeepCopy()
		if err := unstructured.SetNestedField(scale.Object, int64(w.Values[override.Replicas]), "spec", "replicas"); err != nil {
			return nil, err
		}
		if _, err := f.client(k, at.namespace).Update(ctx, scale, metav1.UpdateOptions{FieldManager: manager}, "scale"); err != nil {
			return nil, err
		}
		return f.read(ctx, k, at)
	}
	patch, err := json.Marshal(patchOf(o, w))
	if err != nil {
		return nil, err
	}
	raw, err := f.client(k, at.namespace).Patch(ctx, at.name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: manager})
	if err != nil {
		return nil, err
	}
	if k.atOnce {
		return parse(k, raw, nil)
	}
	return f.read(ctx, k, at)
}

// patchOf has the version in it, so that it is refused where the object has changed.
func patchOf(o *object, w override.Write) map[string]any {
	metadata := map[string]any{"resourceVersion": o.GetResourceVersion(), "uid": o.GetUID()}
	patch := map[string]any{"metadata": metadata}
	if w.Records {
		var text, label any // null takes them away
		if w.Record != nil {
			text, label = w.Record.Text(), v1alpha1.LabelOverriddenTrue
		}
		metadata["annotations"] = map[string]any{v1alpha1.AnnotationOriginalValues: text}
		metadata["labels"] = map[string]any{v1alpha1.LabelOverridden: label}
	}
	spec := map[string]any{}
	for field, value := range w.Values {
		switch {
		case value == o.has[field]:
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
