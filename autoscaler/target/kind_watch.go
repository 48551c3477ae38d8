package target

import (
	"context"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// kindWatch has the scales of one kind from an informer.
type kindWatch struct {
	kind schema.GroupKind

	mu       sync.Mutex
	informer informer // nil until it runs, and for a kind that cannot be watched
	// full is true if the informer has the scales in full, and false if it has only the resource versions of the objects.
	full bool
	// newest has the scales that were requested or written, by namespace and name. They are newer than those of a full informer.
	// Without it they hold as long as the informer shows no newer resource version.
	newest map[string]Scale
	// denied is true while the API server denies the watch, and deniedAt the last resource version of the informer then.
	denied   bool
	deniedAt string
}

// informer is what a watch needs of a cache.SharedIndexInformer.
type informer interface {
	HasSynced() bool
	GetStore() cache.Store
	LastSyncResourceVersion() string
}

// run runs an informer until ctx ends.
func (w *kindWatch) run(ctx context.Context, informer cache.SharedIndexInformer, full bool) {
	err := informer.SetTransform(compactScale)
	if err == nil {
		err = informer.SetWatchErrorHandlerWithContext(w.failed)
	}
	if err == nil {
		_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{DeleteFunc: w.deleted})
	}
	if err != nil { // the informer runs already
		utilruntime.HandleErrorWithContext(ctx, err, "Failed to watch targets", "kind", w.kind)
		return
	}
	w.mu.Lock()
	w.informer, w.full = informer, full
	w.mu.Unlock()
	informer.RunWithContext(ctx)
}

// scale returns the scale of a target; not found if it has to be requested.
func (w *kindWatch) scale(ref Ref) (scale Scale, found bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.usable() {
		return Scale{}, false
	}
	key := ref.Namespace + "/" + ref.Name
	object, found, err := w.informer.GetStore().GetByKey(key)
	stored, ok := object.(*scaled)
	if err != nil || !found || !ok {
		return Scale{}, false
	}
	newest, found := w.newest[key]
	if found && w.current(newest.version, stored.version) {
		if w.full && newest.job == nil { // a scale subresource has neither
			newest.Refused, newest.Ordered = stored.Refused, stored.Ordered
		}
		return newest, true
	}
	delete(w.newest, key)
	return stored.Scale, w.full
}

// current reports whether a scale of a resource version holds beside the stored one.
func (w *kindWatch) current(version, stored string) bool {
	order, err := resourceversion.CompareResourceVersion(version, stored)
	return err == nil && (order > 0 || order == 0 && !w.full)
}

// keep stores a scale that was requested or written, unless it has a newer one.
func (w *kindWatch) keep(ref Ref, scale Scale) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.informer == nil || w.denied {
		return
	}
	key := ref.Namespace + "/" + ref.Name
	if older, err := resourceversion.CompareResourceVersion(scale.version, w.newest[key].version); err == nil && older < 0 {
		return
	}
	if selector, err := scale.PodSelector(); err == nil {
		scale.parsed = selector
	}
	w.newest[key] = scale
}

// deleted handles the deletion of an object. An object that was created again has a newer resource version.
func (w *kindWatch) deleted(object any) {
	if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.newest, key)
	}
}

// usable reports whether the informer has read the objects, and still may. The caller holds the lock.
func (w *kindWatch) usable() bool {
	if w.informer == nil || !w.informer.HasSynced() {
		return false
	}
	if w.denied {
		// The informer has a newer resource version once a watch has started, at the latest with the first bookmark.
		w.denied = w.informer.LastSyncResourceVersion() == w.deniedAt
	}
	return !w.denied
}

// failed handles an error of the informer, which then tries again. While the API server denies the watch, scales are requested.
// After other errors, the scales that were read last are used: a write has their resource version as its precondition.
func (w *kindWatch) failed(ctx context.Context, reflector *cache.Reflector, err error) {
	if !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err) && !apierrors.IsMethodNotSupported(err) {
		cache.DefaultWatchErrorHandler(ctx, reflector, err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.denied {
		klog.FromContext(ctx).Info("Cannot watch targets; requesting the scale at each evaluation until list and watch are permitted",
			"kind", w.kind, "reason", err.Error())
	}
	w.denied, w.deniedAt = true, reflector.LastSyncResourceVersion()
}
