package target

import (
	"strconv"
	"unique"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/engine"
)

// Pod has the fields of a pod that this package reads, and nothing else: with tens of thousands of pods, their size is most of
// the memory of the autoscaler. Strings that pods share are kept once. A Pod does not change.
type Pod struct {
	observed   engine.Pod
	namespace  unique.Handle[string]
	version    string // the resource version
	labels     podLabels
	controller unique.Handle[owner]
	// containers are the regular containers and the sidecars, which are restartable init containers.
	containers []container
	// podLevel has the requests of a pod that has some at pod level; nil for other pods.
	podLevel []request
	cost     deletionCost
	// obstacle is the message about observed.Obstacle; the zero handle without an obstacle.
	obstacle unique.Handle[string]
}

// NewPod returns the Pod of an API object, which the Pod does not refer to.
func NewPod(pod *corev1.Pod) *Pod {
	kept := &Pod{
		observed:   observe(pod),
		namespace:  unique.Make(pod.Namespace),
		version:    pod.ResourceVersion,
		labels:     newPodLabels(pod.Labels),
		controller: unique.Make(controllerOf(pod)),
		containers: newContainers(pod),
		podLevel:   podLevelRequests(pod),
		cost:       newDeletionCost(pod.Annotations),
	}
	if obstacle, message := obstacleOf(pod); obstacle != engine.NoObstacle {
		kept.observed.Obstacle, kept.obstacle = obstacle, unique.Make(message)
	}
	return kept
}

// compactPod is the transform of the informer of pods.
func compactPod(object any) (any, error) {
	if pod, ok := object.(*corev1.Pod); ok {
		return NewPod(pod), nil
	}
	return object, nil // a Pod already, or a cache.DeletedFinalStateUnknown
}

var _ cache.TransformFunc = compactPod

// Name returns the name of the pod.
func (p *Pod) Name() string { return p.observed.Name }

// Matches reports whether the selector matches the labels of the pod.
func (p *Pod) Matches(selector labels.Selector) bool { return selector.Matches(&p.labels) }

// GetObjectMeta returns the metadata by which informers and their stores identify the pod.
func (p *Pod) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{Namespace: p.namespace.Value(), Name: p.observed.Name, ResourceVersion: p.version}
}

var _ metav1.ObjectMetaAccessor = (*Pod)(nil)

// owner is the controller of an object; zero for none.
type owner struct{ group, kind, name string }

func controllerOf(object metav1.Object) owner {
	controller := metav1.GetControllerOfNoCopy(object)
	if controller == nil {
		return owner{}
	}
	return owner{schema.FromAPIVersionAndKind(controller.APIVersion, controller.Kind).Group, controller.Kind, controller.Name}
}

// deletionCost is the value of the annotation controller.kubernetes.io/pod-deletion-cost.
type deletionCost struct {
	value        int32
	found, valid bool
}

func newDeletionCost(annotations map[string]string) deletionCost {
	annotation, found := annotations[corev1.PodDeletionCost]
	value, err := strconv.ParseInt(annotation, 10, 32)
	return deletionCost{int32(value), found, err == nil}
}
