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
	// rival is the name of the second autoscaler and of its target.
	rival = "rival"
)

var deployments = schema.GroupResource{Group: "apps", Resource: "deployments"}

// world is the cluster as upstream's clients show it: it plays the API server.
type world struct {
	scale.ScaleInterface // nil: what upstream does not call is not there
	meta.RESTMapper

	name     string
	flags    policy.Defaults
	step     *Step
	replicas int32
	hpas     cache.Indexer
	pods     cache.Indexer
	version  int

	// What the controller did in this step: whether it read the scale, the number it put, when that was accepted, and
	// after how many tries.
	looked   bool
	put      *int32
	accepted time.Time
	tries    int
}

func newWorld(name string, s *Sequence) *world {
	w := &world{name: name, flags: s.Flags, replicas: s.Replicas, hpas: newStore(), pods: newStore()}
	w.store(w.autoscaler(name, &s.Spec))
	return w
}

// autoscaler makes an object as the API server would have stored it.
func (w *world) autoscaler(name string, spec *autoscalingv2.HorizontalPodAutoscalerSpec) *autoscalingv2.HorizontalPodAutoscaler {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, UID: "1", Generation: 1}}
	hpa.Spec = *spec.DeepCopy()
	hpa.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name}
	defaults.SetDefaults_HorizontalPodAutoscaler(hpa)
	return hpa
}

func (w *world) store(hpa *autoscalingv2.HorizontalPodAutoscaler) {
	w.version++
	hpa.ResourceVersion = strconv.Itoa(w.version)
	if err := w.hpas.Update(hpa); err != nil {
		panic(err) // the key function fails for what is not an object only
	}
}

// remove takes an object away. As the API server does, it gives the last word about it a version of its own.
func (w *world) remove(name string) *autoscalingv2.HorizontalPodAutoscaler {
	gone := w.stored(name).DeepCopy()
	w.version++
	gone.ResourceVersion = strconv.Itoa(w.version)
	if err := w.hpas.Delete(gone); err != nil {
		panic(err) // as in store
	}
	return gone
}

func (w *world) stored(name string) *autoscalingv2.HorizontalPodAutoscaler {
	hpa, found, err := w.hpas.GetByKey(namespace + "/" + name)
	if err != nil || !found {
		return nil
	}
	return hpa.(*autoscalingv2.HorizontalPodAutoscaler)
}

// reference is how upstream's errors call the target.
func (w *world) reference() string { return "Deployment/" + namespace + "/" + w.name }

// RESTMappings knows Deployments.
func (w *world) RESTMappings(schema.GroupKind, ...string) ([]*meta.RESTMapping, error) {
	return []*meta.RESTMapping{{Resource: deployments.WithVersion("v1")}}, nil
}

// Scales gives the world.
func (w *world) Scales(string) scale.ScaleInterface { return w }

// Get gives the scale as the step has it.
func (w *world) Get(_ context.Context, _ schema.GroupResource, name string, _ metav1.GetOptions) (*autoscalingv1.Scale, error) {
	s := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
	if name == rival {
		s.Spec.Replicas, s.Status.Replicas, s.Status.Selector = 3, 3, w.step.Rival
		return s, nil
	}
	w.looked = true
	if w.step.Unreadable {
		return nil, errors.New("the step has the scale unreadable")
	}
	s.Spec.Replicas, s.Status.Replicas, s.Status.Selector = w.replicas, w.step.StatusReplicas, w.step.Selector
	return s, nil
}

// Update takes the number, or refuses it as the step says.
func (w *world) Update(_ context.Context, _ schema.GroupResource, s *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	if s.Name == rival {
		return s, nil
	}
	w.tries++
	w.put = &s.DeepCopy().Spec.Replicas
	switch {
	case w.tries <= w.step.Conflicts:
		return nil, apierrors.NewConflict(deployments, s.Name, errors.New("somebody else was first"))
	case w.step.Unwritable:
		return nil, errors.New("the step has the scale unwritable")
	case s.Spec.Replicas < 0: // where upstream's arithmetic wraps around, validation is what saves the target
		return nil, apierrors.NewInvalid(schema.GroupKind{Group: "autoscaling", Kind: "Scale"}, s.Name, nil)
	default:
		w.replicas, w.accepted = s.Spec.Replicas, time.Now()
		return s, nil
	}
}

// HorizontalPodAutoscalers gives the world's.
func (w *world) HorizontalPodAutoscalers(string) autoscalingclient.HorizontalPodAutoscalerInterface {
	return statuses{w: w}
}

type statuses struct {
	autoscalingclient.HorizontalPodAutoscalerInterface
	w *world
}

// UpdateStatus stores the status; the informer sees it at once.
func (s statuses) UpdateStatus(_ context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, _ metav1.UpdateOptions) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	written := s.w.stored(hpa.Name).DeepCopy()
	written.Status = *hpa.Status.DeepCopy()
	s.w.store(written)
	return written, nil
}

// setPods replaces the pods.
func (w *world) setPods(pods []*corev1.Pod) {
	objects := make([]any, len(pods))
	for i, pod := range pods {
		objects[i] = pod
	}
	if err := w.pods.Replace(objects, ""); err != nil {
		panic(err) // as in store
	}
}
