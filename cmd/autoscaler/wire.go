package main

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"

	"flyball.dev/flyball/autoscaler/checkpoint"
	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	"flyball.dev/flyball/autoscaler/client/clientset/versioned/scheme"
	flyballinformers "flyball.dev/flyball/autoscaler/client/informers/externalversions"
	"flyball.dev/flyball/autoscaler/controller"
	"flyball.dev/flyball/autoscaler/lease"
	"flyball.dev/flyball/autoscaler/listener"
	"flyball.dev/flyball/autoscaler/page"
	"flyball.dev/flyball/autoscaler/scalewindow"
	"flyball.dev/flyball/autoscaler/target"
	"flyball.dev/flyball/metricsadapter/catalog"
)

// app is the program, wired.
type app struct {
	kube        kubernetes.Interface
	controller  *controller.Controller
	windows     *scalewindow.Controller
	events      record.EventRecorder
	broadcaster record.EventBroadcaster
	registry    *prometheus.Registry
	// decisions are the metrics of the last decision about each autoscaler.
	decisions   *prometheus.Registry
	kubeFactory informers.SharedInformerFactory
	factory     flyballinformers.SharedInformerFactory
	// ownerFactory is for the metadata of what owns pods.
	ownerFactory metadatainformer.SharedInformerFactory
	scalers      *target.Scalers
	rules        *catalog.Catalog
	limits       *limits
	listener     *listener.Listener
	// guard is that of the lease which permits writes to targets; nil without leader election.
	guard *lease.Guard
	// survey reads what the page shows of plain HPAs.
	survey page.Survey
	// background keeps what the sources know fresh until ctx ends.
	background func(ctx context.Context)
}

// newApp wires the program, in the order in which the deps need each other.
func newApp(ctx context.Context, o *options) (*app, error) {
	config, err := newConfig(o.kubeconfig)
	if err != nil {
		return nil, err
	}
	a := &app{survey: surveyOf(config), registry: prometheus.NewRegistry(), decisions: prometheus.NewRegistry(), guard: newGuard(o)}
	a.registerProcess()
	if a.kube, err = kubernetes.NewForConfig(config); err != nil {
		return nil, fmt.Errorf("making the Kubernetes client: %w", err)
	}
	if a.listener, err = newListener(o, config, a.registry); err != nil {
		return nil, err
	}
	client, err := clientset.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the client for HorizontalAutoscalers: %w", err)
	}
	discovered := memory.NewMemCacheClient(a.kube.Discovery())
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(discovered)
	scales, err := a.newScales(ctx, o, config, mapper, discovered)
	if err != nil {
		return nil, err
	}
	asked, limits, err := newTenantClient(o, a.registry)
	if err != nil {
		return nil, err
	}
	if a.rules, err = newRules(ctx, o, config, asked, a.registry); err != nil {
		return nil, err
	}
	metrics, background, err := newSource(o, asked, limits, a.rules, config, mapper, discovered, a.registry)
	if err != nil {
		return nil, err
	}
	a.background, a.limits = background, limits
	a.broadcaster = record.NewBroadcaster()
	a.events = a.broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "flyball-autoscaler"})
	// No resync: the loop looks at every object each period anyway.
	a.factory = flyballinformers.NewSharedInformerFactoryWithOptions(client, 0, flyballinformers.WithNamespace(o.namespace),
		flyballinformers.WithTransform(stripManagedFields))
	if a.windows, err = a.newWindows(o, client, config, mapper, discovered); err != nil {
		return nil, err
	}
	deps := controller.Dependencies{
		Client:      client,
		Autoscalers: a.factory.Autoscaling().V1alpha1().HorizontalAutoscalers(),
		Windows:     a.windows.Set(),
		Scales:      scales,
		Source:      metrics,
		States:      a.newStateStore(o),
		Held:        a.guard.Held,
		Events:      a.events,
		Telemetry:   controller.NewTelemetry(a.registry),
		Now:         now,
	}
	if err := a.addPods(ctx, &deps, o, config); err != nil {
		return nil, err
	}
	a.controller, err = controller.New(controller.Config{Period: o.period, StatusPeriod: o.statusPeriod, Defaults: o.defaults, Sharded: o.sharding}, deps)
	a.decisions.MustRegister(newDecisionMetrics(a.allRows))
	return a, err
}

// stripManagedFields is an informer transform. Nothing reads the managed fields of our own objects, and they take a fifth of the memory
// of an object.
func stripManagedFields(object any) (any, error) {
	if full, err := meta.Accessor(object); err == nil {
		full.SetManagedFields(nil)
	}
	return object, nil
}

// allRows are the rows of a namespace, or of all.
func (a *app) allRows(namespace string) (*controller.Rows, error) {
	return a.controller.Rows(namespace, labels.Everything())
}

// registerProcess registers what each program of Go reports of itself.
func (a *app) registerProcess() {
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		versioncollector.NewCollector("flyball"))
}

// newConfig returns the configuration of all clients. They have no rate limit of their own: each part of the program bounds its
// requests in flight, priority and fairness of the API server does the rest, and a client waits as long as an answer 429 demands.
func newConfig(kubeconfig string) (*rest.Config, error) {
	var config *rest.Config
	var err error
	if kubeconfig == "" { // clientcmd would log a warning that the configuration of the pod might not work
		config, err = rest.InClusterConfig()
	} else {
		config, err = clientcmd.BuildConfigFromFlags("", kubeconfig)
	}
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig %q: %w", kubeconfig, err)
	}
	config.QPS = -1
	config.UserAgent = rest.DefaultKubernetesUserAgent()
	return config, nil
}

// newStateStore returns a store of autoscaler state in ConfigMaps.
func (a *app) newStateStore(o *options) *checkpoint.Store {
	store := checkpoint.NewConfigMaps(a.kube.CoreV1().ConfigMaps(o.stateNamespace), o.stateName)
	m := checkpoint.New(store, o.stateShards, o.stateInterval)
	m.Register(a.registry)
	return m
}

// addPods adds the pods, the metadata of what owns them, their endpoints and quotas, which are watched until ctx ends, and the
// HorizontalPodAutoscalers that scale them.
func (a *app) addPods(ctx context.Context, deps *controller.Dependencies, o *options, config *rest.Config) error {
	owners, err := metadata.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("making the client for metadata: %w", err)
	}
	a.kubeFactory = informers.NewSharedInformerFactoryWithOptions(a.kube, 0, informers.WithNamespace(o.namespace))
	a.ownerFactory = metadatainformer.NewFilteredSharedInformerFactory(owners, 0, o.namespace, nil)
	replicaSets := a.ownerFactory.ForResource(appsv1.SchemeGroupVersion.WithResource("replicasets")).Informer()
	pods, err := target.NewPods(a.kubeFactory.Core().V1().Pods().Informer(), replicaSets)
	if err != nil {
		return err
	}
	deps.Pods = pods.WithMarks(a.kube.CoreV1())
	deps.Endpoints, deps.ResourceQuotas = target.NewEndpoints(ctx, a.kube, o.namespace), target.NewResourceQuotas(ctx, a.kube, o.namespace)
	if a.scalers, err = target.NewScalers(a.kube, o.namespace); err != nil {
		return err
	}
	deps.Scalers = a.scalers
	deps.PodsSynced = []cache.InformerSynced{pods.HasSynced, replicaSets.HasSynced}
	return nil
}

// newWindows returns the controller of ScaleWindows.
func (a *app) newWindows(
	o *options, client clientset.Interface, config *rest.Config, mapper meta.ResettableRESTMapper, discovered discovery.DiscoveryInterface,
) (*scalewindow.Controller, error) {
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the client for targets of ScaleWindows: %w", err)
	}
	metadatas, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the client for metadata: %w", err)
	}
	return scalewindow.New(scalewindow.Config{
		NamespaceLabel: o.defaults.NamespaceLabel, Namespaces: o.defaults.Namespaces, RetryPeriod: o.period,
	}, scalewindow.Dependencies{
		Client:      client,
		Namespace:   o.namespace,
		Windows:     a.factory.Autoscaling().V1alpha1().ScaleWindows(),
		Autoscalers: a.factory.Autoscaling().V1alpha1().HorizontalAutoscalers(),
		Kube:        a.kube, Dynamic: objects, Metadata: metadatas, Discovery: discovered, Mapper: mapper,
		Events: a.events, Now: now,
	})
}

// newScales returns the scales of targets, whose informers run until ctx ends.
func (a *app) newScales(
	ctx context.Context, o *options, config *rest.Config, mapper meta.ResettableRESTMapper, discovered discovery.ServerResourcesInterface,
) (*target.Scales, error) {
	kinds := scale.NewDiscoveryScaleKindResolver(discovered)
	client, err := scale.NewForConfig(config, mapper, dynamic.LegacyAPIPathResolverFunc, kinds)
	if err != nil {
		return nil, fmt.Errorf("making the client for scales: %w", err)
	}
	metadatas, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making the client for metadata: %w", err)
	}
	return target.NewScales(client, mapper).WithJobs(a.kube.BatchV1()).
		WithInformers(ctx, target.Informers{Namespace: o.namespace, Kube: a.kube, Metadata: metadatas, Discovery: discovered}), nil
}

// startInformers starts the informers and the writing of events. The caller shuts the broadcaster down after the last event: one
// after that would be logged as an error.
func (a *app) startInformers(ctx context.Context) {
	a.broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: a.kube.CoreV1().Events("")})
	a.factory.StartWithContext(ctx)
	a.kubeFactory.StartWithContext(ctx)
	a.ownerFactory.Start(ctx.Done())
	go a.scalers.Run(ctx)
}
