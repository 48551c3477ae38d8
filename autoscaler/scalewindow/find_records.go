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

// page is how many objects one answer has at most.
const page = 500

// findRecords looks for the objects that carry a record, of all kinds that may: a window that is gone by now, because it was
// deleted while nobody ran, names them no more.
func (f *Overrider) findRecords(ctx context.Context) {
	for {
		err := f.tryFindRecords(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		klog.FromContext(ctx).Error(err, "What windows borrowed before was not found; trying again")
		select {
		case <-ctx.Done():
			return
		case <-time.After(lastRetry):
		}
	}
}

func (f *Overrider) tryFindRecords(ctx context.Context) error {
	kinds, err := f.scalableKinds()
	if err != nil {
		return err
	}
	for is, resource := range kinds {
		err := f.findRecordsOf(ctx, is, resource)
		// What may not be listed may not be written either, so that nothing was ever borrowed of it.
		if err != nil && !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err) && !apierrors.IsMethodNotSupported(err) {
			return err
		}
	}
	return nil
}

// scalableKinds are the kinds that something may be borrowed of: those that are known, and whatever has a scale.
func (f *Overrider) scalableKinds() (map[schema.GroupKind]schema.GroupVersionResource, error) {
	scalableKinds := map[schema.GroupKind]schema.GroupVersionResource{}
	_, lists, err := f.deps.Discovery.ServerGroupsAndResources()
	if err != nil && len(lists) == 0 { // some groups may be missing, as those of an adapter that is away
		return nil, fmt.Errorf("asking for the kinds that have a scale: %w", err)
	}
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			continue
		}
		scalable := map[string]bool{}
		for i := range list.APIResources {
			if base, is := strings.CutSuffix(list.APIResources[i].Name, "/scale"); is {
				scalable[base] = true
			}
		}
		for i := range list.APIResources {
			r := &list.APIResources[i]
			is := schema.GroupKind{Group: version.Group, Kind: r.Kind}
			if _, found := scalableKinds[is]; scalable[r.Name] && !found {
				scalableKinds[is] = version.WithResource(r.Name)
			}
		}
	}
	for is, k := range maps.All(known) {
		scalableKinds[is] = k.resource
	}
	return scalableKinds, nil
}

func (f *Overrider) findRecordsOf(ctx context.Context, is schema.GroupKind, resource schema.GroupVersionResource) error {
	options := metav1.ListOptions{LabelSelector: v1alpha1.LabelOverridden, Limit: page}
	for {
		list, err := f.deps.Metadata.Resource(resource).List(ctx, options)
		if err != nil {
			return err
		}
		for i := range list.Items {
			f.queue.Add(key{is, list.Items[i].Namespace, list.Items[i].Name})
		}
		if options.Continue = list.Continue; options.Continue == "" {
			return nil
		}
	}
}
