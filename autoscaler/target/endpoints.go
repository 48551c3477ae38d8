package target

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/engine"
)

// Endpoints reads from EndpointSlices which pods a Service serves from. It watches them once a target names a Service.
type Endpoints struct {
	start  func()
	synced atomic.Pointer[cache.InformerSynced]
	// failure is the last error of the watch.
	failure atomic.Pointer[error]

	mu        sync.Mutex
	byService map[cache.ObjectName]*serviceEndpoints
}

// serviceEndpoints has the slices of a Service by their names, and the state of each pod in them; nil until it is needed.
type serviceEndpoints struct {
	slices map[string]*endpointSlice
	pods   map[string]engine.Endpoint
}

// NewEndpoints returns Endpoints of the namespace, or of all if it is empty. The watch runs until ctx ends.
func NewEndpoints(ctx context.Context, kube kubernetes.Interface, namespace string) *Endpoints {
	e := &Endpoints{byService: map[cache.ObjectName]*serviceEndpoints{}}
	e.start = sync.OnceFunc(func() {
		factory := informers.NewSharedInformerFactoryWithOptions(kube, 0, informers.WithNamespace(namespace))
		if err := e.watch(ctx, factory.Discovery().V1().EndpointSlices().Informer()); err != nil {
			e.failure.Store(&err)
			utilruntime.HandleErrorWithContext(ctx, err, "Failed to watch EndpointSlices")
		}
	})
	return e
}

func (e *Endpoints) watch(ctx context.Context, informer cache.SharedIndexInformer) error {
	if err := informer.SetTransform(compactEndpointSlice); err != nil {
		return err
	}
	if err := informer.SetWatchErrorHandlerWithContext(e.failed); err != nil {
		return err
	}
	registration, err := informer.AddEventHandler(e)
	if err != nil {
		return err
	}
	synced := cache.InformerSynced(registration.HasSynced)
	e.synced.Store(&synced)
	go informer.RunWithContext(ctx)
	return nil
}

// failed handles an error of the informer, which then tries again. A missing permission is logged once.
func (e *Endpoints) failed(ctx context.Context, reflector *cache.Reflector, err error) {
	previous := e.failure.Swap(&err)
	switch {
	case !apierrors.IsForbidden(err):
		cache.DefaultWatchErrorHandler(ctx, reflector, err)
	case previous == nil || !apierrors.IsForbidden(*previous):
		klog.FromContext(ctx).Info("Cannot watch EndpointSlices; targets with spec.serving are not scaled in until list and watch are permitted",
			"reason", err.Error())
	}
}

// Observe sets the endpoints of the pods of a target. It returns why they are unknown; then it sets none.
func (e *Endpoints) Observe(namespace, service string, pods []engine.Pod) (problem string) {
	e.start()
	if synced := e.synced.Load(); synced == nil || !(*synced)() {
		problem = "the EndpointSlices have not been read yet"
		if failure := e.failure.Load(); failure != nil {
			problem += ": " + (*failure).Error()
		}
		return problem
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	found := e.byService[cache.ObjectName{Namespace: namespace, Name: service}]
	if found == nil {
		return "Service " + service + " has no EndpointSlice"
	}
	endpoints := found.endpoints()
	isEndpoint := func(pod engine.Pod) bool { return endpoints[pod.Name] != engine.EndpointUnknown }
	if len(pods) > 0 && !slices.ContainsFunc(pods, isEndpoint) {
		return "no pod of the target is a serving endpoint of Service " + service
	}
	for i := range pods {
		pod, state := &pods[i], endpoints[pods[i].Name]
		switch {
		case state == engine.EndpointUnknown:
			state = engine.NoEndpoint
		case state == engine.EndpointServing && pod.Deleting: // the slice is older
			state = engine.EndpointDraining
		}
		pod.Endpoint = state
	}
	return ""
}

// endpoints returns the state of each pod that serves. A Service has slices for each IP family, and up to 100 pods in each.
func (s *serviceEndpoints) endpoints() map[string]engine.Endpoint {
	if s.pods != nil {
		return s.pods
	}
	s.pods = map[string]engine.Endpoint{}
	for _, slice := range s.slices {
		for _, endpoint := range slice.endpoints {
			if s.pods[endpoint.pod] != engine.EndpointServing {
				s.pods[endpoint.pod] = endpoint.state
			}
		}
	}
	return s.pods
}

// OnAdd adds a slice, or replaces the one with its name.
func (e *Endpoints) OnAdd(object any, _ bool) {
	slice, ok := object.(*endpointSlice)
	if !ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.remove(slice)
	if slice.service == "" {
		return
	}
	found := e.byService[slice.of()]
	if found == nil {
		found = &serviceEndpoints{slices: map[string]*endpointSlice{}}
		e.byService[slice.of()] = found
	}
	found.slices[slice.meta.Name], found.pods = slice, nil
}

// OnUpdate replaces a slice. Its label can name another Service than before.
func (e *Endpoints) OnUpdate(old, object any) {
	e.OnDelete(old)
	e.OnAdd(object, false)
}

// OnDelete removes a slice.
func (e *Endpoints) OnDelete(object any) {
	if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	slice, ok := object.(*endpointSlice)
	if !ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.remove(slice)
}

// remove removes a slice. The caller holds mu.
func (e *Endpoints) remove(slice *endpointSlice) {
	found := e.byService[slice.of()]
	if found == nil {
		return
	}
	delete(found.slices, slice.meta.Name)
	if found.pods = nil; len(found.slices) == 0 {
		delete(e.byService, slice.of())
	}
}

var _ cache.ResourceEventHandler = (*Endpoints)(nil)

// endpointSlice is what this package keeps of an EndpointSlice: the pods that serve.
type endpointSlice struct {
	meta      metav1.ObjectMeta
	service   string
	endpoints []endpoint
}

type endpoint struct {
	pod   string
	state engine.Endpoint
}

func (s *endpointSlice) of() cache.ObjectName {
	return cache.ObjectName{Namespace: s.meta.Namespace, Name: s.service}
}

// GetObjectMeta returns the metadata by which informers and their stores identify the slice.
func (s *endpointSlice) GetObjectMeta() metav1.Object { return &s.meta }

var _ metav1.ObjectMetaAccessor = (*endpointSlice)(nil)

// compactEndpointSlice is the transform of the informer of EndpointSlices.
func compactEndpointSlice(object any) (any, error) {
	slice, ok := object.(*discoveryv1.EndpointSlice)
	if !ok {
		return object, nil // compact already, or a cache.DeletedFinalStateUnknown
	}
	kept := &endpointSlice{
		meta:    metav1.ObjectMeta{Namespace: slice.Namespace, Name: slice.Name, ResourceVersion: slice.ResourceVersion},
		service: slice.Labels[discoveryv1.LabelServiceName],
	}
	for i := range slice.Endpoints {
		ref, state := slice.Endpoints[i].TargetRef, endpointState(&slice.Endpoints[i].Conditions)
		if ref != nil && ref.Kind == "Pod" && state != engine.NoEndpoint {
			kept.endpoints = append(kept.endpoints, endpoint{ref.Name, state})
		}
	}
	return kept, nil
}

var _ cache.TransformFunc = compactEndpointSlice

// endpointState returns the state of an endpoint. By the API, a condition that is not set is unknown: ready counts as true then, and
// serving as ready.
func endpointState(c *discoveryv1.EndpointConditions) engine.Endpoint {
	isSet := func(condition *bool, unset bool) bool {
		if condition == nil {
			return unset
		}
		return *condition
	}
	switch {
	case !isSet(c.Serving, isSet(c.Ready, true)):
		return engine.NoEndpoint
	case isSet(c.Terminating, false):
		return engine.EndpointDraining
	default:
		return engine.EndpointServing
	}
}
