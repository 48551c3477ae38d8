package differential

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// requesting returns a function that sets requests of pods. Most plants have the usual ones; in some, requests are missing.
func (p *plant) requesting() func(*corev1.Pod) {
	cpu, memory := *milli(int64(p.upTo(1000))), *resource.NewQuantity(int64(p.upTo(1000))<<10, resource.BinarySI)
	usual := func(pod *corev1.Pod) {
		pod.Spec.Containers = []corev1.Container{container("app", cpu, memory)}
	}
	ways := []func(*corev1.Pod){
		func(pod *corev1.Pod) { // with a sidecar of each kind
			usual(pod)
			pod.Spec.Containers = append(pod.Spec.Containers, container("proxy", memory, cpu))
			sidecar := container("log", *milli(50), *milli(50))
			sidecar.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
			pod.Spec.InitContainers = []corev1.Container{sidecar, container("migrate", *milli(9000), *milli(9000))}
		},
		func(pod *corev1.Pod) { // at the level of the pod
			usual(pod)
			pod.Spec.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": *milli(700), "memory": *milli(5000)}}
		},
		func(pod *corev1.Pod) { // at the level of the pod, of one resource only
			usual(pod)
			delete(pod.Spec.Containers[0].Resources.Requests, "example.com/gpu")
			pod.Spec.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{"memory": *milli(5000)}}
		},
		func(pod *corev1.Pod) { // one pod in some lacks a request
			usual(pod)
			if p.oneIn(10) {
				delete(pod.Spec.Containers[0].Resources.Requests, "cpu")
			}
		},
		func(pod *corev1.Pod) { // a rollout renames the container
			usual(pod)
			if p.oneIn(10) {
				pod.Spec.Containers[0].Name = "main"
			}
		},
		func(pod *corev1.Pod) { // a resize in place is in progress, of which upstream reads the spec only
			usual(pod)
			status := corev1.ContainerStatus{Name: "app"}
			if p.oneIn(2) {
				status.AllocatedResources = corev1.ResourceList{"cpu": *milli(int64(p.upTo(1000)))}
			}
			if p.oneIn(2) {
				status.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": *milli(int64(p.upTo(1000)))}}
			}
			pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, status)
		},
		func(pod *corev1.Pod) { // nothing
			pod.Spec.Containers = []corev1.Container{container("app", *milli(0), *milli(0))}
		},
		func(pod *corev1.Pod) { // four of them wrap around to 0
			pod.Spec.Containers = []corev1.Container{container("app", *milli(1 << 62), *milli(1 << 62))}
		},
		func(pod *corev1.Pod) { // more than sums can hold
			pod.Spec.Containers = []corev1.Container{container("app", resource.MustParse("9000T"), resource.MustParse("4000T"))}
		},
	}
	if p.oneIn(2) {
		return usual
	}
	return pick(p.random, ways...)
}

func container(name string, cpu, memory resource.Quantity) corev1.Container {
	return corev1.Container{Name: name, Resources: corev1.ResourceRequirements{
		Requests: corev1.ResourceList{"cpu": cpu, "memory": memory, "example.com/gpu": *milli(1000)},
	}}
}
