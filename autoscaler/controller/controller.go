package controller

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/checkpoint"
	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	informers "flyball.dev/flyball/autoscaler/client/informers/externalversions/api/v1alpha1"
	listers "flyball.dev/flyball/autoscaler/client/listers/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/autoscaler/target"
)

// Config is what an operator may set.
type Config struct {
	// Period between two decisions about the same autoscaler. Greater than 0.
	Period time.Duration
	// StatusPeriod is the longest time that a status may lag behind values that changed nothing else. A status in which
	// anything else changed is written at once.
	StatusPeriod time.Duration
	// Defaults are what specs leave out.
	Defaults policy.Defaults
}

// Dependencies are what the controller works with.
type Dependencies struct {
	Client      clientset.Interface
	Autoscalers informers.HorizontalAutoscalerInformer
	Windows     informers.ScaleWindowInformer
	// PodsSynced say whether the informers behind Pods have read the cluster.
	PodsSynced []cache.InformerSynced
	Pods       *target.Pods
	Scales     *target.Scales
	Source     source.Source
	// States stores autoscaler state beyond the life of the process.
	States *checkpoint.Store
	// Foreign acts on the targets of ScaleWindows that are no HorizontalAutoscalers; they are refused where it is nil.
	Foreign   Foreign
	Events    record.EventRecorder
	Telemetry *Telemetry
	// Now is the clock that windows and ages are held against; nil for time.Now. One that is set differently must run as fast.
	Now func() time.Time
}

// Controller runs the loop.
type Controller struct {
	config      Config
	deps        Dependencies
	autoscalers listers.HorizontalAutoscalerLister
	indexer     cache.Indexer // of the autoscalers too
	windows     listers.ScaleWindowLister
	// scaleWindows are those that are accepted, and foreign acts on their targets of other kinds.
	scaleWindows *scaleWindows
	foreign      Foreign
	synced       []cache.InformerSynced
	queue        workqueue.TypedDelayingInterface[cache.ObjectName]
	// specs compiles what has changed, and then makes it due.
	specs *specs
	// windowQueue has the ScaleWindows that have changed, and windowStatuses those whose status may have.
	windowQueue, windowStatuses workqueue.TypedDelayingInterface[cache.ObjectName]

	// objects is the memory of the loop; only the loop's goroutine touches it.
	objects map[cache.ObjectName]*object
	// last decisions, for [Controller.Bundle].
	last *lastDecisions
	// tickStarted is when the tick now under way began, in Unix nanoseconds; 0 between ticks.
	tickStarted atomic.Int64
}

// New makes a Controller and registers its event handlers with the informers, which the caller starts.
func New(config Config, deps Dependencies) (*Controller, error) {
	c := &Controller{
		config:         config,
		deps:           deps,
		autoscalers:    deps.Autoscalers.Lister(),
		indexer:        deps.Autoscalers.Informer().GetIndexer(),
		windows:        deps.Windows.Lister(),
		queue:          newQueue("horizontalautoscalers"),
		windowQueue:    newQueue("scalewindows"),
		windowStatuses: newQueue("scalewindowstatuses"),
		scaleWindows:   newScaleWindows(),
		foreign:        deps.Foreign,
		objects:        map[cache.ObjectName]*object{},
		last:           newLastDecisions(),
	}
	if c.foreign == nil {
		c.foreign = noForeign{}
	}
	if c.deps.Now == nil {
		c.deps.Now = time.Now
	}
	c.specs = newSpecs(config.Defaults, func(key cache.ObjectName) (*v1alpha1.HorizontalAutoscaler, error) {
		return c.autoscalers.HorizontalAutoscalers(key.Namespace).Get(key.Name)
	}, func(key cache.ObjectName) { c.queue.Add(key) })
	if err := c.indexer.AddIndexers(indexers); err != nil {
		return nil, fmt.Errorf("indexing HorizontalAutoscalers by their targets: %w", err)
	}
	autoscalersSynced, err := deps.Autoscalers.Informer().AddEventHandler(wakeOnSpecChange(c.specs))
	if err != nil {
		return nil, fmt.Errorf("watching HorizontalAutoscalers: %w", err)
	}
	if _, err := deps.Autoscalers.Informer().AddEventHandler(whenSelectionMayChange(c.countAgain)); err != nil {
		return nil, fmt.Errorf("watching what ScaleWindows select: %w", err)
	}
	windowsSynced, err := deps.Windows.Informer().AddEventHandler(wakeOnSpecChange(c.windowQueue))
	if err != nil {
		return nil, fmt.Errorf("watching ScaleWindows: %w", err)
	}
	c.synced = append(deps.PodsSynced, autoscalersSynced.HasSynced, windowsSynced.HasSynced)
	return c, nil
}

// Run runs the loop until ctx ends. It returns once what autoscalers remember is saved.
func (c *Controller) Run(ctx context.Context) error {
	context.AfterFunc(ctx, func() {
		c.queue.ShutDown()
		c.windowQueue.ShutDown()
		c.windowStatuses.ShutDown()
	})
	if !cache.WaitForCacheSync(ctx.Done(), c.synced...) {
		return errors.New("stopped before the informers had read the cluster")
	}
	if err := c.restoreAll(ctx); err != nil {
		return err
	}
	if err := c.compileAll(); err != nil {
		return err
	}
	klog.FromContext(ctx).Info("The loop starts", "period", c.config.Period, "autoscalers", c.queue.Len())
	go c.runWindows()
	for range statusesInFlight {
		go c.runWindowStatuses(ctx)
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { c.deps.States.Run(ctx) })
	beside.Go(func() {
		c.foreign.Run(ctx, func(window cache.ObjectName) { c.windowStatuses.AddAfter(window, countPause) })
	})
	for {
		batch, open := due(c.queue)
		if !open {
			return nil
		}
		c.tick(ctx, batch)
	}
}

// tick is one turn of the loop for the autoscalers that are due.
func (c *Controller) tick(ctx context.Context, keys []cache.ObjectName) {
	// Whole milliseconds are what is saved: so a decision is the same with a restart before it and without.
	now := c.deps.Now().Truncate(time.Millisecond)
	c.tickStarted.Store(now.UnixNano())
	defer c.tickStarted.Store(0)

	batch := c.load(keys)
	c.timed("gather", func() { c.gather(ctx, batch, now) })
	c.timed("decide", func() { c.decide(batch, now) })
	c.timed("apply", func() { c.apply(ctx, batch, now) })
	c.saveState(batch)

	for _, key := range keys {
		c.queue.Done(key)
	}
	for _, o := range batch {
		c.queue.AddAfter(o.key, o.nextDue(c.deps.Now(), c.config.Period))
	}
}

func (c *Controller) timed(stage string, work func()) {
	start := time.Now()
	work()
	c.deps.Telemetry.stage(stage, time.Since(start))
}

// Healthy says whether the loop turns: it is unhealthy once a tick has lasted for ten periods.
func (c *Controller) Healthy() error {
	started := c.tickStarted.Load()
	if started == 0 {
		return nil
	}
	if lasted := c.deps.Now().Sub(time.Unix(0, started)); lasted > 10*c.config.Period {
		return fmt.Errorf("a tick has been under way for %s, ten times the period is %s", lasted.Round(time.Second), 10*c.config.Period)
	}
	return nil
}
