package target

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

// StripPod is an informer transform that keeps only the fields of a pod that this package reads. With tens of thousands of pods,
// the others take most of the memory.
func StripPod(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil // a cache.DeletedFinalStateUnknown is returned unchanged
	}
	stripped := &corev1.Pod{
		TypeMeta:   pod.TypeMeta,
		ObjectMeta: stripMeta(pod),
		Spec: corev1.PodSpec{
			Containers:     stripContainers(pod.Spec.Containers),
			InitContainers: stripContainers(pod.Spec.InitContainers),
			Resources:      pod.Spec.Resources,
			Overhead:       pod.Spec.Overhead,
		},
		Status: corev1.PodStatus{
			Phase:      pod.Status.Phase,
			StartTime:  pod.Status.StartTime,
			Conditions: readyCondition(pod.Status.Conditions),
		},
	}
	stripResize(pod, &stripped.Status)
	return stripped, nil
}

var _ cache.TransformFunc = StripPod

func stripContainers(containers []corev1.Container) []corev1.Container {
	kept := make([]corev1.Container, len(containers))
	for i := range containers {
		kept[i] = corev1.Container{
			Name:          containers[i].Name,
			RestartPolicy: containers[i].RestartPolicy,
			Resources:     corev1.ResourceRequirements{Requests: containers[i].Resources.Requests},
		}
	}
	return kept
}

func readyCondition(conditions []corev1.PodCondition) []corev1.PodCondition {
	for i := range conditions {
		if conditions[i].Type == corev1.PodReady {
			return []corev1.PodCondition{{
				Type:               corev1.PodReady,
				Status:             conditions[i].Status,
				LastTransitionTime: conditions[i].LastTransitionTime,
			}}
		}
	}
	return nil
}

// stripMeta keeps a pod's name, labels, owners, deletion time and deletion cost.
func stripMeta(pod *corev1.Pod) metav1.ObjectMeta {
	var annotations map[string]string
	if cost, found := pod.Annotations[corev1.PodDeletionCost]; found {
		annotations = map[string]string{corev1.PodDeletionCost: cost}
	}
	return metav1.ObjectMeta{
		Namespace:         pod.Namespace,
		Name:              pod.Name,
		UID:               pod.UID,
		ResourceVersion:   pod.ResourceVersion,
		Labels:            pod.Labels,
		Annotations:       annotations,
		OwnerReferences:   pod.OwnerReferences,
		DeletionTimestamp: pod.DeletionTimestamp,
	}
}
