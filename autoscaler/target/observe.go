package target

import (
	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

// Observe converts pods to the engine's values, in the same order.
func Observe(pods []*Pod) []engine.Pod {
	observed := make([]engine.Pod, len(pods))
	for i, pod := range pods {
		observed[i] = pod.observed
	}
	markSuperseded(pods, observed)
	return observed
}

func observe(pod *corev1.Pod) engine.Pod {
	observed := engine.Pod{
		Name:     pod.Name,
		Phase:    phase(pod.Status.Phase),
		Deleting: pod.DeletionTimestamp != nil,
	}
	if pod.Status.StartTime != nil {
		observed.Started = pod.Status.StartTime.Time
	}
	for i := range pod.Status.Conditions {
		if c := &pod.Status.Conditions[i]; c.Type == corev1.PodReady {
			observed.Readiness, observed.ReadySince = readiness(c.Status), c.LastTransitionTime.Time
			break
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
