package scalewindow

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// pageSize is the limit of one list request.
const pageSize = 500

// findRecords queues the objects with a record, of all kinds that may have one: no window selects the objects of a window that
// was deleted while no autoscaler ran.
func (r *overrider) findRecords(ctx context.Context) {
	for {
		err := r.tryFindRecords(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		klog.FromContext(ctx).Error(err, "Failed to list objects with overridden fields; will retry", "retryAfter", lastRetry)
		select {
		case <-ctx.Done():
			return
		case <-time.After(lastRetry):
		}
	}
}

func (r *overrider) tryFindRecords(ctx context.Context) error {
	kinds, err := r.overridableKinds()
	if err != nil {
		return err
	}
	for groupKind, resource := range kinds {
		err := r.findRecordsOf(ctx, groupKind, resource)
		// The autoscaler has no permission to write a kind that it may not list, so it has overridden no object of it.
		if err != nil && !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err) && !apierrors.IsMethodNotSupported(err) {
			return err
		}
	}
	return nil
}

// overridableKinds returns the known kinds and all that have a scale subresource.
func (r *overrider) overridableKinds() (map[schema.GroupKind]schema.GroupVersionResource, error) {
	kinds := map[schema.GroupKind]schema.GroupVersionResource{}
	_, lists, err := r.deps.Discovery.ServerGroupsAndResources()
	if err != nil && len(lists) == 0 { // some groups may be missing, such as those of an adapter that is down
		return nil, fmt.Errorf("discovering the kinds with a scale subresource: %w", err)
	}
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			continue
		}
		scalable := map[string]bool{}
		for i := range list.APIResources {
			if resource, ok := strings.CutSuffix(list.APIResources[i].Name, "/scale"); ok {
				scalable[resource] = true
			}
		}
		for i := range list.APIResources {
			resource := &list.APIResources[i]
			groupKind := schema.GroupKind{Group: version.Group, Kind: resource.Kind}
			if _, found := kinds[groupKind]; scalable[resource.Name] && !found {
				kinds[groupKind] = version.WithResource(resource.Name)
			}
		}
	}
	for groupKind, k := range maps.All(known) {
		kinds[groupKind] = k.resource
	}
	return kinds, nil
}

func (r *overrider) findRecordsOf(ctx context.Context, groupKind schema.GroupKind, resource schema.GroupVersionResource) error {
	options := metav1.ListOptions{LabelSelector: v1alpha1.LabelOverridden, Limit: pageSize}
	for {
		list, err := r.deps.Metadata.Resource(resource).List(ctx, options)
		if err != nil {
			return err
		}
		for i := range list.Items {
			r.queue.Add(key{groupKind, list.Items[i].Namespace, list.Items[i].Name})
		}
		if options.Continue = list.Continue; options.Continue == "" {
			return nil
		}
	}
}
