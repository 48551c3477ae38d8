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

// syncPatience is how long the look at objects waits until it is known what scales them.
const syncPatience = 30 * time.Second

// watch of a kind, by the metadata of its objects.
type watch struct {
	informer cache.SharedIndexInformer
}

// watch gives the watch of a kind, and starts it where there is none. Of what may be scaled the scalers are watched, too, and
// known once it returns: what they scale must not be touched.
func (f *Overrider) watch(ctx context.Context, is schema.GroupKind) (*watch, error) {
	k, err := f.kindOf(is)
	if err != nil {
		return nil, err
	}
	if k.overrides == override.Count {
		if err := f.watchScalers(ctx); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if w := f.watches[is]; w != nil {
		return w, nil
	}
	informer := metadatainformer.NewFilteredMetadataInformer(
		f.deps.Metadata, k.resource, metav1.NamespaceAll, 0, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}, nil).Informer()
	if err := f.prepare(informer, is, k); err != nil {
		return nil, err
	}
	f.watches[is] = &watch{informer}
	go informer.RunWithContext(ctx)
	go func() {
		if cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			f.trouble(is, "")
			f.wakeAllOf(is) // now they can count
		}
	}()
	return f.watches[is], nil
}

func (f *Overrider) prepare(informer cache.SharedIndexInformer, is schema.GroupKind, k kind) error {
	if err := informer.SetTransform(stripMetadata); err != nil {
		return fmt.Errorf("watching %s: %w", is, err)
	}
	err := informer.SetWatchErrorHandlerWithContext(func(ctx context.Context, r *cache.Reflector, err error) {
		cache.DefaultWatchErrorHandler(ctx, r, err)
		if !informer.HasSynced() {
			f.trouble(is, fmt.Sprintf("%s cannot be watched: %v%s", k.resource.GroupResource(), err, advice(err, k)))
		}
	})
	if err != nil {
		return fmt.Errorf("watching %s: %w", is, err)
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(added any) { f.noticed(is, added, nil) },
		DeleteFunc: func(gone any) { f.noticed(is, gone, nil) },
		UpdateFunc: func(before, after any) { f.noticed(is, after, before) },
	})
	return err
}

// stripMetadata keeps of an object what it is chosen by, and what tells a change of it.
func stripMetadata(object any) (any, error) {
	full, is := object.(*metav1.PartialObjectMetadata)
	if !is {
		return object, nil
	}
	stripped := &metav1.PartialObjectMetadata{TypeMeta: full.TypeMeta, ObjectMeta: metav1.ObjectMeta{
		Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion,
		Generation: full.Generation, Labels: full.Labels,
	}}
	if record, is := full.Annotations[v1alpha1.AnnotationOriginalValues]; is {
		stripped.Annotations = map[string]string{v1alpha1.AnnotationOriginalValues: record}
	}
	return stripped, nil
}

// noticed has an object looked at that is new, gone or changed, if a window chooses or chose it, or it has a record.
func (f *Overrider) noticed(is schema.GroupKind, object, before any) {
	if gone, unknown := object.(cache.DeletedFinalStateUnknown); unknown {
		object = gone.Obj
	}
	now, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return
	}
	at := key{is, now.Namespace, now.Name}
	holding, recount := f.holding(at, now.Labels), true
	if was, is := before.(*metav1.PartialObjectMetadata); is {
		if unchanged(was, now) {
			return
		}
		if recount = !maps.Equal(was.Labels, now.Labels); recount {
			holding = append(holding, f.holding(at, was.Labels)...)
		}
	}
	_, noted := now.Labels[v1alpha1.LabelOverridden]
	if len(holding) > 0 || noted {
		f.queue.Add(at)
	}
	if recount {
		for _, w := range holding {
			f.wakeAll(now.Namespace, []string{w.Object.Name})
		}
	}
}

// unchanged says that two versions differ in nothing that counts. Older API servers keep no generation of some kinds.
func unchanged(was, now *metav1.PartialObjectMetadata) bool {
	return now.Generation != 0 && was.Generation == now.Generation && was.UID == now.UID && maps.Equal(was.Labels, now.Labels) &&
		was.Annotations[v1alpha1.AnnotationOriginalValues] == now.Annotations[v1alpha1.AnnotationOriginalValues]
}

// names of the objects of a namespace that are chosen, as far as they are known.
func (w *watch) names(namespace string, c *choice) []string {
	objects, err := w.informer.GetIndexer().ByIndex(cache.NamespaceIndex, namespace)
	if err != nil { // the index is there
		return nil
	}
	var names []string
	for _, object := range objects {
		if o, is := object.(*metav1.PartialObjectMetadata); is && c.chooses(c.is, o.Name, o.Labels) {
			names = append(names, o.Name)
		}
	}
	return names
}

// labelsOf an object, as far as they are known.
func (f *Overrider) labelsOf(at key) map[string]string {
	f.mu.Lock()
	w := f.watches[at.is]
	f.mu.Unlock()
	if w == nil {
		return nil
	}
	object, found, err := w.informer.GetIndexer().GetByKey(at.namespace + "/" + at.name)
	if o, is := object.(*metav1.PartialObjectMetadata); err == nil && found && is {
		return o.Labels
	}
	return nil
}

// Count is how many objects a target chooses in a namespace, as far as they are known. What becomes known later wakes the window.
func (f *Overrider) Count(namespace string, target *v1alpha1.WindowTarget) (int, error) {
	c, is := choose(target)
	if !is {
		return 0, nil // refused
	}
	f.mu.Lock()
	w := f.watches[c.is]
	f.mu.Unlock()
	if w == nil {
		return 0, nil
	}
	return len(w.names(namespace, &c)), nil
}

// watchScalers starts the watch of the HorizontalPodAutoscalers, and returns once they are known.
func (f *Overrider) watchScalers(ctx context.Context) error {
	if f.scalersOf() != nil {
		return nil
	}
	select {
	case f.starting <- struct{}{}:
		defer func() { <-f.starting }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if f.scalersOf() != nil { // another worker was quicker
		return nil
	}
	informer := autoscalinginformers.NewHorizontalPodAutoscalerInformer(f.deps.Kube, metav1.NamespaceAll, 0,
		cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	err := informer.SetTransform(stripScaler)
	if err == nil {
		_, err = informer.AddEventHandler(f.whenScalersChange(targetOfScaler))
	}
	if err != nil {
		return fmt.Errorf("watching what scales objects: %w", err)
	}
	running, stop := context.WithCancel(ctx)
	go informer.RunWithContext(running)
	patience, cancel := context.WithTimeout(ctx, syncPatience)
	defer cancel()
	if !cache.WaitForCacheSync(patience.Done(), informer.HasSynced) {
		stop()
		return errNoScalers
	}
	context.AfterFunc(ctx, stop)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scalers = autoscalinglisters.NewHorizontalPodAutoscalerLister(informer.GetIndexer())
	return nil
}

// scalersOf is nil until the HorizontalPodAutoscalers are known.
func (f *Overrider) scalersOf() autoscalinglisters.HorizontalPodAutoscalerLister {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.scalers
}
