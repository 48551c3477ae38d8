package target

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/engine"
)

// Pods reads the pods of targets from informers.
type Pods struct {
	lister      corelisters.PodLister
	replicaSets cache.GenericLister
	client      coreclient.PodsGetter // nil without Mark
}

// NewPods returns Pods that read the listers of pods and of the metadata of ReplicaSets, whose informers should have [StripPod]
// and [StripReplicaSet] as their transforms.
func NewPods(lister corelisters.PodLister, replicaSets cache.GenericLister) *Pods {
	return &Pods{lister: lister, replicaSets: replicaSets}
}

// Of returns the pods that the selector matches and the target owns, sorted by name. The informer owns them: do not change them.
func (p *Pods) Of(ref Ref, selector labels.Selector) ([]*corev1.Pod, error) {
	pods, err := p.Select(ref.Namespace, selector)
	return slices.DeleteFunc(pods, func(pod *corev1.Pod) bool { return !p.owns(ref, pod) }), err
}

// Select returns all pods that the selector matches, of any owner, sorted by name. The informer owns them: do not change them.
func (p *Pods) Select(namespace string, selector labels.Selector) ([]*corev1.Pod, error) {
	pods, err := p.lister.Pods(namespace).List(selector)
	if err != nil {
		return nil, fmt.Errorf("pods of namespace %s: %w", namespace, err)
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods, nil
}

// Observe converts pods to the engine's values, in the same order.
func Observe(pods []*corev1.Pod) []engine.Pod {
	observed := make([]engine.Pod, len(pods))
	for i, pod := range pods {
		observed[i] = engine.Pod{
			Name:     pod.Name,
			Phase:    phase(pod.Status.Phase),
			Deleting: pod.DeletionTimestamp != nil,
		}
		if pod.Status.StartTime != nil {
			observed[i].Started = pod.Status.StartTime.Time
		}
		if ready := readyCondition(pod.Status.Conditions); ready != nil {
			observed[i].Readiness = readiness(ready[0].Status)
			observed[i].ReadySince = ready[0].LastTransitionTime.Time
		}
	}
	return observed
}

func phase(phase corev1.PodPhase) engine.Phase {
	switch phase {
	case corev1.PodPending:
		return engine.Pending
	case corev1.PodSucceeded:
		return engine.Succeeded
	case corev1.PodFailed:
		return engine.Failed
	case corev1.PodRunning:
		return engine.Running
	default:
		return engine.PhaseUnknown
	}
}

func readiness(status corev1.ConditionStatus) engine.Readiness {
	switch status {
	case corev1.ConditionTrue:
		return engine.Ready
	case corev1.ConditionFalse:
		return engine.NotReady
	default:
		return engine.ReadyUnknown
	}
}
