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

// kind of objects, and how they are read and written.
type kind struct {
	resource  schema.GroupVersionResource
	overrides override.Kind
	// atOnce says that what is borrowed is a field of the object itself, so that it is written together with the record. Of
	// other kinds it is known only that they have a scale.
	atOnce bool
}

var (
	autoscalerKind = schema.GroupKind{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}
	cronJobKind    = schema.GroupKind{Group: "batch", Kind: "CronJob"}
	jobKind        = schema.GroupKind{Group: "batch", Kind: "Job"}
)

// known are the kinds that need no discovery.
var known = map[schema.GroupKind]kind{
	autoscalerKind: {resource: resource("autoscaling", "v2", "horizontalpodautoscalers"), overrides: override.Bounds, atOnce: true},
	cronJobKind:    {resource: resource("batch", "v1", "cronjobs"), overrides: override.Suspension, atOnce: true},

	{Group: "apps", Kind: "Deployment"}:  {resource: resource("apps", "v1", "deployments"), overrides: override.Count, atOnce: true},
	{Group: "apps", Kind: "StatefulSet"}: {resource: resource("apps", "v1", "statefulsets"), overrides: override.Count, atOnce: true},
	{Group: "apps", Kind: "ReplicaSet"}:  {resource: resource("apps", "v1", "replicasets"), overrides: override.Count, atOnce: true},
	{Kind: "ReplicationController"}:      {resource: resource("", "v1", "replicationcontrollers"), overrides: override.Count, atOnce: true},
}

func resource(group, version, name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: version, Resource: name}
}

// groupKind of a target. A version is left out: the same object has several.
func groupKind(target *v1alpha1.WindowTarget) (schema.GroupKind, error) {
	if target.APIVersion == "" {
		for is := range known {
			if is.Kind == target.Kind {
				return is, nil
			}
		}
		return schema.GroupKind{}, fmt.Errorf("kind %s needs its apiVersion: it is found by the kind alone for HorizontalPodAutoscaler, "+
			"CronJob, Deployment, StatefulSet, ReplicaSet and ReplicationController", target.Kind)
	}
	version, err := schema.ParseGroupVersion(target.APIVersion)
	if err != nil {
		return schema.GroupKind{}, fmt.Errorf("apiVersion %q is not group/version: %w", target.APIVersion, err)
	}
	return schema.GroupKind{Group: version.Group, Kind: target.Kind}, nil
}

// Refuse says why a window cannot hold for targets like this one.
func (*Overrider) Refuse(w *policy.ScaleWindow, target *v1alpha1.WindowTarget) error {
	is, err := groupKind(target)
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
		return fmt.Errorf("batch holds for targets of kind HorizontalAutoscaler only, and this one is a %s", is.Kind)
	case is == jobKind:
		return errors.New("a Job has no scale: write the CronJob that makes it, or HorizontalAutoscaler")
	case is == autoscalerKind && window.HasMax && window.Max == 0:
		return errors.New("a HorizontalPodAutoscaler takes no maxReplicas of 0, so that a window cannot set it either: write 1 or more, or a HorizontalAutoscaler in its place")
	case is == cronJobKind && (!window.HasMax || window.Max > 0) && (!window.HasMin || window.Min == 0):
		return errors.New("a CronJob has no replicas: write replicas: 0 to suspend it in the window, or minReplicas: 1 to let it run there")
	}
	return nil
}

// kindOf finds how objects of a kind are read and written. It may ask the API server.
func (f *Overrider) kindOf(is schema.GroupKind) (kind, error) {
	if found, is := known[is]; is {
		return found, nil
	}
	mapping, err := f.deps.Mapper.RESTMapping(is)
	if meta.IsNoMatchError(err) {
		f.deps.Mapper.Reset()
		mapping, err = f.deps.Mapper.RESTMapping(is)
	}
	if err != nil {
		return kind{}, fmt.Errorf("kind %s is not known to the API server: %w", is, err)
	}
	return kind{resource: mapping.Resource, overrides: override.Count}, nil
}
