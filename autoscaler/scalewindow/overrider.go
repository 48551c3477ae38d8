package scalewindow

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	autoscalinglisters "k8s.io/client-go/listers/autoscaling/v2"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"

	informers "flyball.dev/flyball/autoscaler/client/informers/externalversions/api/v1alpha1"
	listers "flyball.dev/flyball/autoscaler/client/listers/api/v1alpha1"
)

const (
	// workers look at so many objects side by side.
	workers = 8
	// firstRetry and lastRetry bound the time after which an object that could not be written is looked at again.
	firstRetry, lastRetry = time.Second, time.Minute
)

// Dependencies are what Overrider works with.
type Dependencies struct {
	Kube      kubernetes.Interface
	Dynamic   dynamic.Interface
	Metadata  metadata.Interface
	Discovery discovery.DiscoveryInterface
	Mapper    meta.ResettableRESTMapper
	// Autoscalers are the HorizontalAutoscalers: what one of them scales is nobody else's.
	Autoscalers informers.HorizontalAutoscalerInformer
	Events      record.EventRecorder
	// Now is the clock that windows are held against; nil for time.Now. One that is set differently must run as fast.
	Now func() time.Time
}

// key names an object, or with a namespace alone all that windows of it choose.
type key struct {
	is              schema.GroupKind
	namespace, name string
}

func (k key) String() string { return k.is.Kind + "/" + k.name }

// Overrider acts on the targets of ScaleWindows that are no HorizontalAutoscalers.
type Overrider struct {
	deps        Dependencies
	autoscalers listers.HorizontalAutoscalerLister
	queue       workqueue.TypedRateLimitingInterface[key]
	// wake has the status of a ScaleWindow written anew.
	wake func(window cache.ObjectName)

	// starting is held by the worker that starts the watch of the scalers, while the others wait for it.
	starting chan struct{}

	mu sync.Mutex
	// windows of each namespace that have targets of other kinds.
	windows map[string][]window
	// watches of the kinds that windows choose or have chosen, and scalers, the HorizontalPodAutoscalers, once what these may
	// scale is chosen.
	watches map[schema.GroupKind]*watch
	scalers autoscalinglisters.HorizontalPodAutoscalerLister
	// outcomes of the last look at each object, and troubles with whole kinds.
	outcomes map[key]outcome
	troubles map[schema.GroupKind]string
	// memos are the records that were last decided.
	memos map[key]memo
}

// New makes a Overrider, and registers with the informer of the HorizontalAutoscalers, which the caller starts.
func New(deps Dependencies) (*Overrider, error) {
	f := &Overrider{
		deps:        deps,
		autoscalers: deps.Autoscalers.Lister(),
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(
			workqueue.NewTypedItemExponentialFailureRateLimiter[key](firstRetry, lastRetry),
			workqueue.TypedRateLimitingQueueConfig[key]{Name: "foreign"}),
		starting: make(chan struct{}, 1),
		windows:  map[string][]window{},
		watches:  map[schema.GroupKind]*watch{},
		outcomes: map[key]outcome{},
		troubles: map[schema.GroupKind]string{},
		memos:    map[key]memo{},
	}
	if f.deps.Now == nil {
		f.deps.Now = time.Now
	}
	if _, err := deps.Autoscalers.Informer().AddEventHandler(f.whenScalersChange(targetOfAutoscaler)); err != nil {
		return nil, fmt.Errorf("watching what HorizontalAutoscalers scale: %w", err)
	}
	return f, nil
}

// Run acts until ctx ends. wake has the status of a ScaleWindow written anew, because what Condition or Count tell of it has
// changed.
func (f *Overrider) Run(ctx context.Context, wake func(window cache.ObjectName)) {
	f.mu.Lock()
	f.wake = wake
	f.mu.Unlock()
	context.AfterFunc(ctx, f.queue.ShutDown)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { f.work(ctx) })
	}
	wg.Go(func() { f.findRecords(ctx) })
	wg.Wait()
}

func (f *Overrider) work(ctx context.Context) {
	for {
		at, shutdown := f.queue.Get()
		if shutdown {
			return
		}
		if at.name == "" {
			f.followWindows(ctx, at.namespace)
		} else {
			f.look(ctx, at)
		}
		f.queue.Done(at)
	}
}

// followWindows has all objects looked at that the windows of a namespace choose, or have chosen.
func (f *Overrider) followWindows(ctx context.Context, namespace string) {
	for _, w := range f.in(namespace) {
		for _, c := range w.choices {
			watched, err := f.watch(ctx, c.is)
			switch {
			case err != nil:
				f.trouble(c.is, err.Error())
				f.queue.AddAfter(key{namespace: namespace}, lastRetry)
			case c.selector == nil:
				f.queue.Add(key{c.is, namespace, c.name})
			default:
				for _, name := range watched.names(namespace, &c) {
					f.queue.Add(key{c.is, namespace, name})
				}
			}
		}
	}
	for _, at := range f.seen(namespace) {
		f.queue.Add(at)
	}
}
