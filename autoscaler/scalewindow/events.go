package scalewindow

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// eventReasons are the reasons of the events that report changes.
var eventReasons = map[override.ChangeType]string{
	override.Set:           v1alpha1.EventWindowApplied,
	override.Restored:      v1alpha1.EventWindowRestored,
	override.EditedByOwner: v1alpha1.EventManualOverride,
}

// recordChanges records an event on the object for each change. o is the object as it was before.
func (r *overrider) recordChanges(id key, o *object, changes []override.Change) {
	for _, c := range changes {
		message, eventType := c.String(), corev1.EventTypeNormal
		if c.Type == override.EditedByOwner {
			eventType = corev1.EventTypeWarning
			if manager := editor(o.GetManagedFields(), c.Field); manager != "" {
				message += "; field manager: " + manager
			}
		}
		r.deps.Events.Event(&corev1.ObjectReference{
			APIVersion: o.GetAPIVersion(), Kind: id.groupKind.Kind, Namespace: id.namespace, Name: id.name,
			UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(),
		}, eventType, eventReasons[c.Type], message)
	}
}

// editor returns the field manager, other than this program, that wrote a field of the spec last; empty if managedFields has
// none.
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
			continue // an entry of another shape has no fields of the spec
		}
		if _, owns := owned["f:spec"]["f:"+string(field)]; owns {
			name, last = e.Manager, *e.Time
		}
	}
	return name
}
