package scalewindow

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// kind is how objects of one kind are read and written.
type kind struct {
	resource  schema.GroupVersionResource
	overrides override.Kind
	// atomic is true if the overridden fields are in the spec of the object, so that one write sets them and the record. Objects
	// of other kinds are written by their scale subresource.
	atomic bool
}

var (
	hpaKind     = schema.GroupKind{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}
	cronJobKind = schema.GroupKind{Group: "batch", Kind: "CronJob"}
	jobKind     = schema.GroupKind{Group: "batch", Kind: "Job"}
)

// known are the kinds that need no discovery.
var known = map[schema.GroupKind]kind{
	hpaKind:     {resource: resource("autoscaling", "v2", "horizontalpodautoscalers"), overrides: override.Bounds, atomic: true},
	cronJobKind: {resource: resource("batch", "v1", "cronjobs"), overrides: override.Suspension, atomic: true},

	{Group: "apps", Kind: "Deployment"}:  {resource: resource("apps", "v1", "deployments"), overrides: override.Count, atomic: true},
	{Group: "apps", Kind: "StatefulSet"}: {resource: resource("apps", "v1", "statefulsets"), overrides: override.Count, atomic: true},
	{Group: "apps", Kind: "ReplicaSet"}:  {resource: resource("apps", "v1", "replicasets"), overrides: override.Count, atomic: true},
	{Kind: "ReplicationController"}:      {resource: resource("", "v1", "replicationcontrollers"), overrides: override.Count, atomic: true},
}

func resource(group, version, name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: version, Resource: name}
}

// groupKindOf returns the kind of a target without its version, because an object has several.
func groupKindOf(target *v1alpha1.WindowTarget) (schema.GroupKind, error) {
	if target.APIVersion == "" {
		for groupKind := range known {
			if groupKind.Kind == target.Kind {
				return groupKind, nil
			}
		}
		return schema.GroupKind{}, fmt.Errorf("kind %s needs its apiVersion: only HorizontalPodAutoscaler, CronJob, Deployment, "+
			"StatefulSet, ReplicaSet and ReplicationController have a default", target.Kind)
	}
	version, err := schema.ParseGroupVersion(target.APIVersion)
	if err != nil {
		return schema.GroupKind{}, fmt.Errorf("apiVersion %q is not group/version: %w", target.APIVersion, err)
	}
	return schema.GroupKind{Group: version.Group, Kind: target.Kind}, nil
}

// validateTarget returns an error if the window cannot apply to a target of another kind than HorizontalAutoscaler.
func validateTarget(w *policy.ScaleWindow, target *v1alpha1.WindowTarget) error {
	groupKind, err := groupKindOf(target)
	if err != nil {
		return err
	}
	if target.Selector != nil {
		if _, err := metav1.LabelSelectorAsSelector(target.Selector); err != nil {
			return fmt.Errorf("the selector %s: %w", metav1.FormatLabelSelector(target.Selector), err)
		}
	}
	window := &w.Window
	switch {
	case w.Object.Spec.Batch != nil:
		return fmt.Errorf("spec.batch requires targets of kind HorizontalAutoscaler, and this one has kind %s", groupKind.Kind)
	case groupKind == jobKind:
		return errors.New("a Job has no scale: use the CronJob that creates it, or a HorizontalAutoscaler, as the target")
	case groupKind == hpaKind && window.HasMax && window.Max == 0:
		return errors.New("a HorizontalPodAutoscaler does not accept a maxReplicas of 0: set 1 or more, or use a HorizontalAutoscaler")
	case groupKind == cronJobKind && (!window.HasMax || window.Max > 0) && (!window.HasMin || window.Min == 0):
		return errors.New("a CronJob has no replicas: set replicas: 0 to suspend it in the window, or minReplicas: 1 to resume it in the window")
	}
	return nil
}

// kindOf returns how objects of a kind are read and written. It may send discovery requests to the API server.
func (r *overrider) kindOf(groupKind schema.GroupKind) (kind, error) {
	if k, found := known[groupKind]; found {
		return k, nil
	}
	mapping, err := r.deps.Mapper.RESTMapping(groupKind)
	if meta.IsNoMatchError(err) {
		r.deps.Mapper.Reset()
		mapping, err = r.deps.Mapper.RESTMapping(groupKind)
	}
	if err != nil {
		return kind{}, fmt.Errorf("the API server does not serve kind %s: %w", groupKind, err)
	}
	return kind{resource: mapping.Resource, overrides: override.Count}, nil
}
