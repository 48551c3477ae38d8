package target

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Writer returns the field manager that last set the replicas of a target, such as "kubectl"; empty if no field manager has them.
// Informers keep no managed fields, so that this is a request. It is a list of one object, because the autoscaler may list the
// kinds that it watches, and need not get them.
func (s *Scales) Writer(ctx context.Context, ref Ref) (string, error) {
	if s.watches == nil || s.watches.client == nil {
		return "", nil
	}
	resource, err := s.resourceOf(ref)
	if err != nil {
		return "", err
	}
	found, err := s.watches.client.Resource(resource).Namespace(ref.Namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, ref.Name).String(),
	})
	if err != nil {
		return "", fmt.Errorf("reading the managed fields of %s: %w", ref, err)
	}
	for i := range found.Items {
		if found.Items[i].Name == ref.Name {
			return writerOf(found.Items[i].ManagedFields), nil
		}
	}
	return "", nil
}

func (s *Scales) resourceOf(ref Ref) (schema.GroupVersionResource, error) {
	kind, err := ref.kind()
	if err != nil {
		return schema.GroupVersionResource{}, err
	}
	if resource, found := kinds[kind]; found {
		return resource, nil
	}
	mapping, err := s.mapper.RESTMapping(kind)
	if err != nil {
		return schema.GroupVersionResource{}, fmt.Errorf("scaleTargetRef.kind %s: %w", kind, err)
	}
	return mapping.Resource, nil
}

// writerOf returns the manager of the latest entry that owns the replicas. Kinds with another path to them have an entry of their
// scale subresource.
func writerOf(entries []metav1.ManagedFieldsEntry) string {
	var latest, latestScale *metav1.ManagedFieldsEntry
	for i := range entries {
		entry := &entries[i]
		if ownsReplicas(entry) && !entry.Time.Before(timeOf(latest)) {
			latest = entry
		}
		if entry.Subresource == "scale" && !entry.Time.Before(timeOf(latestScale)) {
			latestScale = entry
		}
	}
	switch {
	case latest != nil:
		return latest.Manager
	case latestScale != nil:
		return latestScale.Manager
	default:
		return ""
	}
}

func timeOf(entry *metav1.ManagedFieldsEntry) *metav1.Time {
	if entry == nil {
		return nil
	}
	return entry.Time
}

// ownsReplicas reports whether a manager set spec.replicas, or of a Job spec.parallelism.
func ownsReplicas(entry *metav1.ManagedFieldsEntry) bool {
	if entry.FieldsV1 == nil {
		return false
	}
	var owned struct {
		Spec map[string]json.RawMessage `json:"f:spec"`
	}
	if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &owned); err != nil {
		return false
	}
	for _, field := range []string{"f:replicas", "f:parallelism"} {
		if _, found := owned.Spec[field]; found {
			return true
		}
	}
	return false
}
