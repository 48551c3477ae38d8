package scalewindow

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	autoscalinglisters "k8s.io/client-go/listers/autoscaling/v2"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	listers "flyball.dev/flyball/autoscaler/client/listers/api/v1alpha1"
)

const (
	// workers is the number of objects that are processed concurrently.
	workers = 8
	// firstRetry and lastRetry bound the exponential backoff of an object that could not be written.
	firstRetry, lastRetry = time.Second, time.Minute
)

// key identifies an object, or with a namespace alone all objects that the windows of the namespace select.
type key struct {
	groupKind       schema.GroupKind
	namespace, name string
}

func (k key) String() string { return k.groupKind.Kind + "/" + k.name }

// overrider sets the fields of targets of kinds other than HorizontalAutoscaler, and restores them.
type overrider struct {
	deps        Dependencies
	autoscalers listers.HorizontalAutoscalerLister
	queue       workqueue.TypedRateLimitingInterface[key]
	// refresh updates the status of a ScaleWindow.
	refresh func(window cache.ObjectName)

	// starting is held by the worker that starts the watch of the scalers, while the other workers wait for it.
	starting chan struct{}

	mu sync.Mutex
	// windows of each namespace with targets of other kinds.
	windows map[string][]window
	// watches of the kinds that windows select or have selected.
	watches map[schema.GroupKind]*watch
	// scalers are the HorizontalPodAutoscalers; nil until a window selects an object that one may scale.
	scalers autoscalinglisters.HorizontalPodAutoscalerLister
	// outcomes has the last outcome of each object, and watchErrors the error of each kind.
	outcomes    map[key]outcome
	watchErrors map[schema.GroupKind]string
	lastRecords map[key]lastRecord
}

// newOverrider returns an overrider and registers it with the informer of the HorizontalAutoscalers, which the caller starts.
// It calls refresh, which must not block, with each ScaleWindow for which count or applied return other results than before.
func newOverrider(deps Dependencies, refresh func(window cache.ObjectName)) (*overrider, error) {
	r := &overrider{
		deps:        deps,
		autoscalers: deps.Autoscalers.Lister(),
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(
			workqueue.NewTypedItemExponentialFailureRateLimiter[key](firstRetry, lastRetry),
			workqueue.TypedRateLimitingQueueConfig[key]{Name: "scalewindowtargets"}),
		refresh:     refresh,
		starting:    make(chan struct{}, 1),
		windows:     map[string][]window{},
		watches:     map[schema.GroupKind]*watch{},
		outcomes:    map[key]outcome{},
		watchErrors: map[schema.GroupKind]string{},
		lastRecords: map[key]lastRecord{},
	}
	if _, err := deps.Autoscalers.Informer().AddEventHandler(r.syncTargetsOf(targetOfAutoscaler)); err != nil {
		return nil, fmt.Errorf("watching the targets of HorizontalAutoscalers: %w", err)
	}
	return r, nil
}

// run processes objects until ctx ends.
func (r *overrider) run(ctx context.Context) {
	context.AfterFunc(ctx, r.queue.ShutDown)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { r.work(ctx) })
	}
	wg.Go(func() { r.findRecords(ctx) })
	wg.Wait()
}

func (r *overrider) work(ctx context.Context) {
	for {
		id, shutdown := r.queue.Get()
		if shutdown {
			return
		}
		if id.name == "" {
			r.queueTargets(ctx, id.namespace)
		} else {
			r.sync(ctx, id)
		}
		r.queue.Done(id)
	}
}

// queueTargets queues all objects that the windows of a namespace select or have selected.
func (r *overrider) queueTargets(ctx context.Context, namespace string) {
	for _, w := range r.windowsIn(namespace) {
		for _, c := range w.choices {
			watched, err := r.watch(ctx, c.groupKind)
			switch {
			case err != nil:
				r.setWatchError(c.groupKind, err.Error())
				r.queue.AddAfter(key{namespace: namespace}, lastRetry)
			case c.selector == nil:
				r.queue.Add(key{c.groupKind, namespace, c.name})
			default:
				for _, name := range watched.names(namespace, &c) {
					r.queue.Add(key{c.groupKind, namespace, name})
				}
			}
		}
	}
	for _, id := range r.processed(namespace) {
		r.queue.Add(id)
	}
}
