package differential

import (
	"context"
	"errors"
	"strconv"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	autoscalingclient "k8s.io/client-go/kubernetes/typed/autoscaling/v2"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/cache"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/policy"
)

const (
	namespace = "ns"
	// secondName is the name of the second autoscaler and of its target.
	secondName = "second"
)

var deployments = schema.GroupResource{Group: "apps", Resource: "deployments"}

// apiServer is the fake API server behind the clients of upstream.
type apiServer struct {
	scale.ScaleInterface // nil: upstream does not call its other methods
	meta.RESTMapper

	name     string
	flags    policy.Defaults
	step     *Step
	replicas int32
	hpas     cache.Indexer
	pods     cache.Indexer
	version  int

	// Calls of the controller in this step: whether it read the scale, the replicas it requested, the time at which they
	// were accepted, and the number of tries.
	scaleRead bool
	requested *int32
	accepted  time.Time
	tries     int
}

func newAPIServer(name string, s *Sequence) *apiServer {
	server := &apiServer{name: name, flags: s.Flags, replicas: s.Replicas, hpas: newStore(), pods: newStore()}
	server.store(server.autoscaler(name, &s.Spec))
	return server
}

// autoscaler returns the object as an API server stores it, with defaults.
func (server *apiServer) autoscaler(name string, spec *autoscalingv2.HorizontalPodAutoscalerSpec) *autoscalingv2.HorizontalPodAutoscaler {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, UID: "1", Generation: 1}}
	hpa.Spec = *spec.DeepCopy()
	hpa.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name}
	defaults.SetDefaults_HorizontalPodAutoscaler(hpa)
	return hpa
}

func (server *apiServer) store(hpa *autoscalingv2.HorizontalPodAutoscaler) {
	server.version++
	hpa.ResourceVersion = strconv.Itoa(server.version)
	if err := server.hpas.Update(hpa); err != nil {
		panic(err) // the key function fails only for values that are not objects
	}
}

// remove deletes an object and returns its last state, which has a resourceVersion of its own as in the API server.
func (server *apiServer) remove(name string) *autoscalingv2.HorizontalPodAutoscaler {
	gone := server.stored(name).DeepCopy()
	server.version++
	gone.ResourceVersion = strconv.Itoa(server.version)
	if err := server.hpas.Delete(gone); err != nil {
		panic(err) // as in store
	}
	return gone
}

func (server *apiServer) stored(name string) *autoscalingv2.HorizontalPodAutoscaler {
	hpa, found, err := server.hpas.GetByKey(namespace + "/" + name)
	if err != nil || !found {
		return nil
	}
	return hpa.(*autoscalingv2.HorizontalPodAutoscaler)
}

// reference is the name of the target in upstream's errors.
func (server *apiServer) reference() string { return "Deployment/" + namespace + "/" + server.name }

// RESTMappings returns the mapping of Deployments.
func (server *apiServer) RESTMappings(schema.GroupKind, ...string) ([]*meta.RESTMapping, error) {
	return []*meta.RESTMapping{{Resource: deployments.WithVersion("v1")}}, nil
}

// Scales returns the API server itself.
func (server *apiServer) Scales(string) scale.ScaleInterface { return server }

// Get returns the scale of the step.
func (server *apiServer) Get(_ context.Context, _ schema.GroupResource, name string, _ metav1.GetOptions) (*autoscalingv1.Scale, error) {
	s := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
	if name == secondName {
		s.Spec.Replicas, s.Status.Replicas, s.Status.Selector = 3, 3, server.step.SecondSelector
		return s, nil
	}
	server.scaleRead = true
	if server.step.Unreadable {
		return nil, errors.New("the step has the scale unreadable")
	}
	s.Spec.Replicas, s.Status.Replicas, s.Status.Selector = server.replicas, server.step.StatusReplicas, server.step.Selector
	return s, nil
}

// Update sets the replicas, or fails where the step says so.
func (server *apiServer) Update(_ context.Context, _ schema.GroupResource, s *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	if s.Name == secondName {
		return s, nil
	}
	server.tries++
	server.requested = &s.DeepCopy().Spec.Replicas
	switch {
	case server.tries <= server.step.Conflicts:
		return nil, apierrors.NewConflict(deployments, s.Name, errors.New("another client was first"))
	case server.step.Unwritable:
		return nil, errors.New("the step has the scale unwritable")
	case s.Spec.Replicas < 0: // upstream's arithmetic wraps around, and the API server's validation rejects the result
		return nil, apierrors.NewInvalid(schema.GroupKind{Group: "autoscaling", Kind: "Scale"}, s.Name, nil)
	default:
		server.replicas, server.accepted = s.Spec.Replicas, time.Now()
		return s, nil
	}
}

// HorizontalPodAutoscalers returns the client of the stored objects.
func (server *apiServer) HorizontalPodAutoscalers(string) autoscalingclient.HorizontalPodAutoscalerInterface {
	return statuses{server: server}
}

type statuses struct {
	autoscalingclient.HorizontalPodAutoscalerInterface
	server *apiServer
}

// UpdateStatus stores the status, which the informer has at once.
func (s statuses) UpdateStatus(_ context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, _ metav1.UpdateOptions) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	written := s.server.stored(hpa.Name).DeepCopy()
	written.Status = *hpa.Status.DeepCopy()
	s.server.store(written)
	return written, nil
}

// setPods replaces the pods.
func (server *apiServer) setPods(pods []*corev1.Pod) {
	objects := make([]any, len(pods))
	for i, pod := range pods {
		objects[i] = pod
	}
	if err := server.pods.Replace(objects, ""); err != nil {
		panic(err) // as in store
	}
}
