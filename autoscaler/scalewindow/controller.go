package scalewindow

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"

	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	informers "flyball.dev/flyball/autoscaler/client/informers/externalversions/api/v1alpha1"
	listers "flyball.dev/flyball/autoscaler/client/listers/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/queue"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// Config is what an operator sets.
type Config struct {
	// NamespaceLabel restricts queries of batch windows to the window's namespace; empty for no restriction.
	NamespaceLabel string
	// Namespaces are what the operator allows each namespace, until [Controller.Limit]; nil for everything.
	Namespaces *tenancy.Rules
	// RetryPeriod is the time after which a failed status update is repeated.
	RetryPeriod time.Duration
}

// Dependencies are the clients, informers and clock of a [Controller].
type Dependencies struct {
	// Namespace of the targets of kinds other than HorizontalAutoscaler; all if empty.
	Namespace   string
	Client      clientset.Interface
	Windows     informers.ScaleWindowInformer
	Autoscalers informers.HorizontalAutoscalerInformer
	// Kube, Dynamic, Metadata, Discovery and Mapper read and write targets of kinds other than HorizontalAutoscaler.
	Kube      kubernetes.Interface
	Dynamic   dynamic.Interface
	Metadata  metadata.Interface
	Discovery discovery.DiscoveryInterface
	Mapper    meta.ResettableRESTMapper
	Events    record.EventRecorder
	// Now is the clock of window edges; nil for time.Now. It must run at the speed of time.Now.
	Now func() time.Time
}

// Controller compiles ScaleWindows into a [Set], writes their statuses, and overrides the fields of targets of kinds other
// than HorizontalAutoscaler.
type Controller struct {
	config     Config
	deps       Dependencies
	namespaces atomic.Pointer[tenancy.Rules]
	// compiledFor are the limits by which the accepted windows were compiled. It belongs to the goroutine of Watch.
	compiledFor map[cache.ObjectName]*tenancy.Rules
	windows     listers.ScaleWindowLister
	autoscalers listers.HorizontalAutoscalerLister
	synced      []cache.InformerSynced
	set         *Set
	overrider   *overrider
	// changed has the ScaleWindows whose spec may have changed, and statuses those whose status may have.
	changed, statuses workqueue.TypedDelayingInterface[cache.ObjectName]
	// wake makes a HorizontalAutoscaler due.
	wake func(autoscaler cache.ObjectName)
}

// New returns a Controller and registers its event handlers with the informers, which the caller starts.
func New(config Config, deps Dependencies) (*Controller, error) {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	c := &Controller{
		config: config, deps: deps,
		windows: deps.Windows.Lister(), autoscalers: deps.Autoscalers.Lister(),
		set: &Set{}, compiledFor: map[cache.ObjectName]*tenancy.Rules{},
		changed: queue.New("scalewindows"), statuses: queue.New("scalewindowstatuses"),
	}
	c.namespaces.Store(config.Namespaces)
	var err error
	c.overrider, err = newOverrider(deps, func(window cache.ObjectName) { c.statuses.AddAfter(window, statusDelay) })
	if err != nil {
		return nil, err
	}
	windows, err := deps.Windows.Informer().AddEventHandler(queue.AddOnChange(c.changed))
	if err != nil {
		return nil, fmt.Errorf("watching ScaleWindows: %w", err)
	}
	autoscalers, err := deps.Autoscalers.Informer().AddEventHandler(queue.CallOnChange(c.refreshStatusesFor))
	if err != nil {
		return nil, fmt.Errorf("watching HorizontalAutoscalers that ScaleWindows select: %w", err)
	}
	c.synced = []cache.InformerSynced{windows.HasSynced, autoscalers.HasSynced}
	return c, nil
}

// Set returns the accepted windows. It is filled once [Controller.Watch] has read the cluster.
func (c *Controller) Set() *Set { return c.set }

// Limit replaces what the operator allows each namespace, and has all windows compiled again. Any goroutine may call it.
func (c *Controller) Limit(namespaces *tenancy.Rules) {
	c.namespaces.Store(namespaces)
	objects, err := c.windows.List(labels.Everything())
	if err != nil { // a lister has no error
		utilruntime.HandleError(err)
		return
	}
	for _, object := range objects {
		c.changed.Add(cache.MetaObjectToName(object))
	}
}

// Watch keeps the set up to date until ctx ends. It calls wake, which must not block, for each HorizontalAutoscaler whose
// windows have changed.
func (c *Controller) Watch(ctx context.Context, wake func(autoscaler cache.ObjectName)) error {
	c.wake = wake
	context.AfterFunc(ctx, c.changed.ShutDown)
	if !cache.WaitForCacheSync(ctx.Done(), c.synced...) {
		return errors.New("stopped before the informers had read the cluster")
	}
	if err := c.load(); err != nil {
		return err
	}
	c.syncWindows()
	return nil
}

// Write writes the statuses of ScaleWindows, and overrides the targets of other kinds, until ctx ends. One process at a time may
// call it, once, and beside [Controller.Watch].
func (c *Controller) Write(ctx context.Context) error {
	context.AfterFunc(ctx, c.statuses.ShutDown)
	if !cache.WaitForCacheSync(ctx.Done(), c.set.HasSynced) {
		return errors.New("stopped before the ScaleWindows were read")
	}
	var workers sync.WaitGroup
	for range concurrentStatuses {
		workers.Go(func() { c.syncStatuses(ctx) })
	}
	workers.Go(func() { c.overrider.run(ctx) })
	workers.Wait()
	return nil
}

// load fills the set with the windows of the cluster: no autoscaler may be evaluated without a window that is open.
func (c *Controller) load() error {
	objects, err := c.windows.List(labels.Everything())
	if err != nil {
		return err
	}
	namespaces := map[string]bool{}
	var accepted []*policy.ScaleWindow
	for _, object := range objects {
		limits := c.namespaces.Load()
		if w, err := c.compile(object, limits); err == nil {
			c.compiledFor[cache.MetaObjectToName(object)] = limits
			accepted, namespaces[object.Namespace] = append(accepted, w), true
		}
	}
	c.set.fill(accepted)
	for namespace := range namespaces {
		c.overrider.setWindows(namespace, c.set.Namespace(namespace).all())
	}
	return nil
}
