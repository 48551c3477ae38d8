package target

import (
	"slices"

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
			observed.Lost = isLost(c, pod.Status.Conditions)
			break
		}
	}
	return observed
}

// gatesNotReady is the reason of the kubelet for a pod whose containers are ready and a readiness gate is not.
const gatesNotReady = "ReadinessGatesNotReady"

// isLost reports whether the node lifecycle controller has set a pod to not ready because its node does not report any more. It changes
// the condition Ready only. The kubelet sets Ready to False beside a ContainersReady of True for a readiness gate alone, with its reason.
func isLost(ready *corev1.PodCondition, all []corev1.PodCondition) bool {
	if ready.Status == corev1.ConditionTrue || ready.Reason == gatesNotReady {
		return false
	}
	return slices.ContainsFunc(all, func(c corev1.PodCondition) bool {
		return c.Type == corev1.ContainersReady && c.Status == corev1.ConditionTrue
	})
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
