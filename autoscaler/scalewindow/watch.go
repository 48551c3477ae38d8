package scalewindow

import (
	"context"
	"fmt"
	"maps"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	autoscalinginformers "k8s.io/client-go/informers/autoscaling/v2"
	autoscalinglisters "k8s.io/client-go/listers/autoscaling/v2"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// scalersTimeout bounds the wait for the HorizontalPodAutoscalers.
const scalersTimeout = 30 * time.Second

// watch watches the metadata of the objects of one kind.
type watch struct {
	informer cache.SharedIndexInformer
}

// watch returns the watch of a kind and starts it if it does not run. For a kind that autoscalers may scale, it first waits
// for the watch of the autoscalers: objects that one of them scales must not be changed.
func (r *overrider) watch(ctx context.Context, groupKind schema.GroupKind) (*watch, error) {
	k, err := r.kindOf(groupKind)
	if err != nil {
		return nil, err
	}
	if k.overrides == override.Count {
		if err := r.watchScalers(ctx); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.watches[groupKind]; w != nil {
		return w, nil
	}
	informer := metadatainformer.NewFilteredMetadataInformer(
		r.deps.Metadata, k.resource, r.deps.Namespace, 0, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}, nil).Informer()
	if err := r.prepare(informer, groupKind, k); err != nil {
		return nil, err
	}
	r.watches[groupKind] = &watch{informer}
	go informer.RunWithContext(ctx)
	go func() {
		if cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			r.setWatchError(groupKind, "")
			r.refreshKind(groupKind) // count is complete from now on
		}
	}()
	return r.watches[groupKind], nil
}

func (r *overrider) prepare(informer cache.SharedIndexInformer, groupKind schema.GroupKind, k kind) error {
	if err := informer.SetTransform(stripMetadata); err != nil {
		return fmt.Errorf("watching %s: %w", groupKind, err)
	}
	err := informer.SetWatchErrorHandlerWithContext(func(ctx context.Context, reflector *cache.Reflector, err error) {
		cache.DefaultWatchErrorHandler(ctx, reflector, err)
		if !informer.HasSynced() {
			r.setWatchError(groupKind, fmt.Sprintf("cannot watch %s: %v%s", k.resource.GroupResource(), err, advice(err, k)))
		}
	})
	if err != nil {
		return fmt.Errorf("watching %s: %w", groupKind, err)
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(created any) { r.objectChanged(groupKind, created, nil) },
		DeleteFunc: func(deleted any) { r.objectChanged(groupKind, deleted, nil) },
		UpdateFunc: func(before, after any) { r.objectChanged(groupKind, after, before) },
	})
	return err
}

// stripMetadata is an informer transform that keeps the metadata by which objects are selected and changes are detected.
func stripMetadata(object any) (any, error) {
	full, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return object, nil
	}
	stripped := &metav1.PartialObjectMetadata{TypeMeta: full.TypeMeta, ObjectMeta: metav1.ObjectMeta{
		Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion,
		Generation: full.Generation, Labels: full.Labels,
	}}
	if record, found := full.Annotations[v1alpha1.AnnotationOriginalValues]; found {
		stripped.Annotations = map[string]string{v1alpha1.AnnotationOriginalValues: record}
	}
	return stripped, nil
}

// objectChanged queues an object that was created, deleted or changed, if a window selects or selected it, or if it has a
// record.
func (r *overrider) objectChanged(groupKind schema.GroupKind, object, before any) {
	if deleted, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = deleted.Obj
	}
	newer, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return
	}
	id := key{groupKind, newer.Namespace, newer.Name}
	windows, recount := r.windowsFor(id, newer.Labels), true
	if older, ok := before.(*metav1.PartialObjectMetadata); ok {
		if unchanged(older, newer) {
			return
		}
		if recount = !maps.Equal(older.Labels, newer.Labels); recount {
			windows = append(windows, r.windowsFor(id, older.Labels)...)
		}
	}
	_, overridden := newer.Labels[v1alpha1.LabelOverridden]
	if len(windows) > 0 || overridden {
		r.queue.Add(id)
	}
	if recount {
		for _, w := range windows {
			r.refresh(cache.MetaObjectToName(w.Object))
		}
	}
}

// unchanged reports whether two versions have the same spec, labels and record. Older API servers set no generation for some
// kinds: those count as changed.
func unchanged(older, newer *metav1.PartialObjectMetadata) bool {
	return newer.Generation != 0 && older.Generation == newer.Generation && older.UID == newer.UID && maps.Equal(older.Labels, newer.Labels) &&
		older.Annotations[v1alpha1.AnnotationOriginalValues] == newer.Annotations[v1alpha1.AnnotationOriginalValues]
}

// names returns the objects of a namespace that match a choice, as far as the informer has read them.
func (w *watch) names(namespace string, c *choice) []string {
	objects, err := w.informer.GetIndexer().ByIndex(cache.NamespaceIndex, namespace)
	if err != nil { // the informer has this index
		return nil
	}
	var names []string
	for _, object := range objects {
		if o, ok := object.(*metav1.PartialObjectMetadata); ok && c.matches(c.groupKind, o.Name, o.Labels) {
			names = append(names, o.Name)
		}
	}
	return names
}

// labelsOf returns the labels of an object; nil if the informer has not read it.
func (r *overrider) labelsOf(id key) map[string]string {
	r.mu.Lock()
	w := r.watches[id.groupKind]
	r.mu.Unlock()
	if w == nil {
		return nil
	}
	object, found, err := w.informer.GetIndexer().GetByKey(id.namespace + "/" + id.name)
	if o, ok := object.(*metav1.PartialObjectMetadata); err == nil && found && ok {
		return o.Labels
	}
	return nil
}

// count returns the number of objects that a target selects in a namespace, as far as the informer has read them. Later changes
// refresh the status of the window.
func (r *overrider) count(namespace string, target *v1alpha1.WindowTarget) int {
	c, ok := newChoice(target)
	if !ok {
		return 0
	}
	r.mu.Lock()
	w := r.watches[c.groupKind]
	r.mu.Unlock()
	if w == nil {
		return 0
	}
	return len(w.names(namespace, &c))
}

// watchScalers starts the watch of the HorizontalPodAutoscalers and returns once they are read.
func (r *overrider) watchScalers(ctx context.Context) error {
	if r.scalerLister() != nil {
		return nil
	}
	select {
	case r.starting <- struct{}{}:
		defer func() { <-r.starting }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if r.scalerLister() != nil { // another worker has started it
		return nil
	}
	informer := autoscalinginformers.NewHorizontalPodAutoscalerInformer(r.deps.Kube, r.deps.Namespace, 0,
		cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	err := informer.SetTransform(stripScaler)
	if err == nil {
		_, err = informer.AddEventHandler(r.syncTargetsOf(targetOfScaler))
	}
	if err != nil {
		return fmt.Errorf("watching HorizontalPodAutoscalers: %w", err)
	}
	running, stop := context.WithCancel(ctx)
	go informer.RunWithContext(running)
	waiting, cancel := context.WithTimeout(ctx, scalersTimeout)
	defer cancel()
	if !cache.WaitForCacheSync(waiting.Done(), informer.HasSynced) {
		stop()
		return errNoScalers
	}
	context.AfterFunc(ctx, stop)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scalers = autoscalinglisters.NewHorizontalPodAutoscalerLister(informer.GetIndexer())
	return nil
}

// scalerLister returns the lister of the HorizontalPodAutoscalers; nil before they are read.
func (r *overrider) scalerLister() autoscalinglisters.HorizontalPodAutoscalerLister {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.scalers
}
