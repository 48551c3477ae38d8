package target

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

// Pods finds pods by namespace and selector in an informer's store.
type Pods struct {
	lister corelisters.PodLister
}

// NewPods makes Pods over an informer's lister. The informer should have [StripPod] as its transform.
func NewPods(lister corelisters.PodLister) *Pods { return &Pods{lister: lister} }

// Select gives the pods that the selector matches, sorted by name. They are the informer's own: do not change them.
func (p *Pods) Select(namespace string, selector labels.Selector) ([]*corev1.Pod, error) {
	pods, err := p.lister.Pods(namespace).List(selector)
	if err != nil {
		return nil, fmt.Errorf("pods of namespace %s: %w", namespace, err)
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods, nil
}

// Observe turns pods into the engine's values, in the same order.
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
	default: // Running; Unknown is what a lost node's pods had: they count as running, as upstream counts them
		return engine.Running
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
