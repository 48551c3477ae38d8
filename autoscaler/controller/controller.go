package controller

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/checkpoint"
	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	informers "flyball.dev/flyball/autoscaler/client/informers/externalversions/api/v1alpha1"
	listers "flyball.dev/flyball/autoscaler/client/listers/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/queue"
	"flyball.dev/flyball/autoscaler/scalewindow"
	"flyball.dev/flyball/autoscaler/shadow"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/autoscaler/target"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// Config is what an operator sets.
type Config struct {
	// Period is the longest time between two decisions for the same autoscaler. Greater than 0.
	Period time.Duration
	// StatusPeriod is the shortest time between two updates of a status in which only values differ. All other updates are
	// immediate.
	StatusPeriod time.Duration
	// Defaults of fields that a spec omits.
	Defaults policy.Defaults
	// Sharded restricts the loop to the autoscalers of the shards that [Controller.Hold] is called for.
	Sharded bool
}

// Dependencies are the clients, informers, stores and clock of a [Controller].
type Dependencies struct {
	Client      clientset.Interface
	Autoscalers informers.HorizontalAutoscalerInformer
	// Windows are the accepted ScaleWindows. Their controller calls [Controller.Wake] when those of an autoscaler change.
	Windows *scalewindow.Set
	// PodsSynced report whether the informers behind Pods have read the cluster.
	PodsSynced []cache.InformerSynced
	Pods       *target.Pods
	// Endpoints are those of the Services in specs.
	Endpoints *target.Endpoints
	// ResourceQuotas are those that refuse pods.
	ResourceQuotas *target.ResourceQuotas
	Scales         *target.Scales
	// Scalers are the HorizontalPodAutoscalers, which may scale the same targets; nil if they are not watched.
	Scalers *target.Scalers
	Source  source.Source
	// States stores autoscaler state beyond the life of the process.
	States    *checkpoint.Store
	Events    record.EventRecorder
	Telemetry *Telemetry
	// Held returns why this process must not write: it does not hold its lease. It is called right before each write to a target;
	// nil without a lease.
	Held func() error
	// Now is the clock of window edges and sample ages; nil for time.Now. It must run at the speed of time.Now.
	Now func() time.Time
}

// Controller runs the loop.
type Controller struct {
	config      Config
	deps        Dependencies
	autoscalers listers.HorizontalAutoscalerLister
	indexer     cache.Indexer // of the autoscalers
	synced      []cache.InformerSynced
	queue       workqueue.TypedDelayingInterface[cache.ObjectName]
	// specs compiles changed specs, and then adds their autoscalers to the queue.
	specs *specs

	// objects and previous belong to the goroutine of the loop. previous is memory for the state before a decision.
	objects  map[cache.ObjectName]*object
	previous engine.State
	// explainer explains differences in mode Shadow.
	explainer shadow.Explainer
	// writes to targets run beside the loop, as do the reads for window edges, whose results edges has.
	writes    *scaleWrites
	edges     chan edgeScale
	edgeSlots chan struct{}
	// dueTimes are when each autoscaler is due.
	dueTimes *dueTimes
	statuses *statusWriter
	// wakes calls Wake for autoscalers that a refreshed query concerns.
	wakes *wakes
	// shards are those that this process evaluates; nil for all autoscalers.
	shards *shards
	// quotas of namespaces.
	quotas *quotas
	// last decisions, for [Controller.Bundle].
	last *lastDecisions
}

// New returns a Controller and registers its event handlers with the informers, which the caller starts.
func New(config Config, deps Dependencies) (*Controller, error) {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Held == nil {
		deps.Held = func() error { return nil }
	}
	c := &Controller{
		config:      config,
		deps:        deps,
		autoscalers: deps.Autoscalers.Lister(),
		indexer:     deps.Autoscalers.Informer().GetIndexer(),
		queue:       queue.New("horizontalautoscalers"),
		objects:     map[cache.ObjectName]*object{},
		writes:      newScaleWrites(),
		edges:       make(chan edgeScale),
		edgeSlots:   make(chan struct{}, edgeReadsInFlight),
		dueTimes:    newDueTimes(),
		last:        newLastDecisions(),
		statuses:    newStatusWriter(deps.Client, deps.Autoscalers.Lister(), deps.Telemetry.statusFailed),
	}
	if config.Sharded {
		c.shards = newShards()
	}
	c.wakes = newWakes(deps.Source, config.Period, deps.Now, func(key cache.ObjectName) {
		deps.Telemetry.woken()
		c.Wake(key)
	})
	c.specs = newSpecs(config.Defaults, func(key cache.ObjectName) (*v1alpha1.HorizontalAutoscaler, error) {
		return c.autoscalers.HorizontalAutoscalers(key.Namespace).Get(key.Name)
	}, c.Wake)
	c.quotas = newQuotas(config.Defaults.Namespaces, func(namespace string) ([]*v1alpha1.HorizontalAutoscaler, error) {
		return c.autoscalers.HorizontalAutoscalers(namespace).List(labels.Everything())
	}, deps.Windows.Namespace)
	if err := c.indexer.AddIndexers(indexers); err != nil {
		return nil, fmt.Errorf("indexing HorizontalAutoscalers by their targets: %w", err)
	}
	autoscalers, err := deps.Autoscalers.Informer().AddEventHandler(queue.AddOnChange(c.specs))
	if err != nil {
		return nil, fmt.Errorf("watching HorizontalAutoscalers: %w", err)
	}
	counted, err := deps.Autoscalers.Informer().AddEventHandler(queue.CallOnChange(c.quotas.changed))
	if err != nil {
		return nil, fmt.Errorf("watching HorizontalAutoscalers: %w", err)
	}
	if err := deps.Scalers.OnChange(c.wakeTarget); err != nil {
		return nil, err
	}
	c.synced = append(deps.PodsSynced, deps.Scalers.HasSynced, autoscalers.HasSynced, counted.HasSynced, deps.Windows.HasSynced)
	return c, nil
}

// Limit replaces what the operator allows each namespace. Autoscalers are evaluated again as soon as their specs are compiled. Any
// goroutine may call it.
func (c *Controller) Limit(namespaces *tenancy.Rules) {
	c.quotas.limit(namespaces)
	c.specs.limit(namespaces)
}

// Wake makes an autoscaler due now. It does not block, and any goroutine may call it.
func (c *Controller) Wake(autoscaler cache.ObjectName) {
	c.dueTimes.add(autoscaler, c.deps.Now())
	c.queue.Add(autoscaler)
}

// Run runs the loop until ctx ends. It returns once the writes in flight have ended and the state of the autoscalers is saved.
func (c *Controller) Run(ctx context.Context) error {
	context.AfterFunc(ctx, func() {
		c.queue.ShutDown()
		c.statuses.queue.ShutDown()
	})
	if c.shards != nil {
		defer close(c.shards.ended)
	}
	if !cache.WaitForCacheSync(ctx.Done(), c.synced...) {
		return errors.New("stopped before the informers had read the cluster")
	}
	if c.shards == nil {
		if err := c.restoreAll(ctx); err != nil {
			return err
		}
	}
	klog.FromContext(ctx).Info("Starting the loop", "period", c.config.Period, "autoscalers", c.queue.Len())
	var background sync.WaitGroup
	defer background.Wait()
	// The state is saved for the last time after the last write.
	saving, stopSaving := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSaving()
	background.Go(func() { c.deps.States.Run(saving) })
	background.Go(func() { c.statuses.run(ctx) })
	background.Go(func() { c.wakes.run(ctx) })
	c.dueTimes.start(c.deps.Now())
	defer c.dueTimes.stop()
	c.loop(ctx)
	c.endWrites()
	return nil
}

// loop handles each batch and each result of what runs beside the loop, one at a time.
func (c *Controller) loop(ctx context.Context) {
	batches := c.batches(ctx)
	for {
		select {
		case keys, ok := <-batches:
			if !ok {
				return
			}
			c.tick(ctx, keys)
		case w := <-c.writes.results:
			c.written(w)
		case e := <-c.edges:
			c.handleEdge(e)
		case change := <-c.shardChanges():
			change()
		}
	}
}

// batches returns a channel of the autoscalers that are due, which is closed when ctx ends.
func (c *Controller) batches(ctx context.Context) <-chan []cache.ObjectName {
	batches := make(chan []cache.ObjectName)
	go func() {
		defer close(batches)
		for {
			keys, ok := queue.Batch(c.queue)
			if !ok {
				return
			}
			select {
			case batches <- keys:
			case <-ctx.Done():
				return
			}
		}
	}()
	return batches
}

// tick decides the autoscalers that are due, and starts the writes to their targets.
func (c *Controller) tick(ctx context.Context, keys []cache.ObjectName) {
	// Saved times are whole milliseconds: with whole milliseconds here, a decision is the same before and after a restart.
	now := c.deps.Now().Truncate(time.Millisecond)
	batch := c.due(keys)
	c.timed("gather", func() { c.gather(ctx, batch, now) })
	if ctx.Err() != nil {
		return // a canceled read is no reason for a decision
	}
	c.timed("decide", func() { c.decide(batch, now) })
	c.timed("apply", func() { c.apply(batch, now) })
}

func (c *Controller) timed(stage string, work func()) {
	start := time.Now()
	work()
	c.deps.Telemetry.stage(stage, time.Since(start))
}
