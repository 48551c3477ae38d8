package scalewindow

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// events are the reasons of those that tell of changes.
var events = map[override.ChangeType]string{
	override.Set:           v1alpha1.EventWindowApplied,
	override.Restored:      v1alpha1.EventWindowRestored,
	override.EditedByOwner: v1alpha1.EventManualOverride,
}

// tell records an event on the object for each change. The object is as it was before.
func (f *Overrider) tell(at key, o *object, changes []override.Change) {
	for _, c := range changes {
		message, kind := c.String(), corev1.EventTypeNormal
		if c.Type == override.EditedByOwner {
			kind = corev1.EventTypeWarning
			if who := editor(o.GetManagedFields(), c.Field); who != "" {
				message += "; " + who + " wrote it last"
			}
		}
		f.deps.Events.Event(&corev1.ObjectReference{
			APIVersion: o.GetAPIVersion(), Kind: at.is.Kind, Namespace: at.namespace, Name: at.name,
			UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(),
		}, kind, events[c.Type], message)
	}
}

// editor names who wrote a field of the spec last, as the API server keeps it; empty where that cannot be told.
func editor(entries []metav1.ManagedFieldsEntry, field override.Field) string {
	name := ""
	var last metav1.Time
	for i := range entries {
		e := &entries[i]
		if e.Manager == manager || e.FieldsV1 == nil || e.Time == nil || e.Time.Before(&last) {
			continue
		}
		var owned map[string]map[string]any
		if json.Unmarshal(e.FieldsV1.GetRawBytes(), &owned) != nil {
			continue // an entry whose fields are of another shape has no spec
		}
		if _, owns := owned["f:spec"]["f:"+string(field)]; owns {
			name, last = e.Manager, *e.Time
		}
	}
	return name
}
