package target

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	resourcehelpers "k8s.io/component-helpers/resource"
)

// Requests returns the requests of each pod for a resource, in thousandths of its unit and in the order of pods: of one container
// where container is not empty, else of the pod. One missing request makes the sum, and every utilization, unknown; problem then
// names it. During an in-place resize the requests are those that the node has applied, or with asSpecified those of the spec,
// as in the HPA controller.
func Requests(pods []*corev1.Pod, resource corev1.ResourceName, container string, asSpecified bool) (requests []int64, problem string) {
	requests = make([]int64, len(pods))
	for i, pod := range pods {
		if !asSpecified {
			pod = actuated(pod)
		}
		requests[i], problem = request(pod, resource, container)
		if problem != "" {
			return nil, problem
		}
	}
	return requests, ""
}

func request(pod *corev1.Pod, resource corev1.ResourceName, container string) (int64, string) {
	if container == "" && resourcehelpers.IsPodLevelRequestsSet(pod) {
		// For a resource without a request at pod level, the requests of the containers add up.
		quantity, found := resourcehelpers.PodRequests(pod, resourcehelpers.PodResourcesOptions{})[resource]
		if !found {
			return 0, fmt.Sprintf("pod %s has no request for %s at pod level or in a container", pod.Name, resource)
		}
		return quantity.MilliValue(), ""
	}
	var sum int64
	found := false
	for _, c := range longRunning(pod) {
		if container != "" && c.Name != container {
			continue
		}
		found = true
		quantity, requested := c.Resources.Requests[resource]
		if !requested {
			return 0, fmt.Sprintf("container %s of pod %s has no request for %s", c.Name, pod.Name, resource)
		}
		sum += quantity.MilliValue()
	}
	if container != "" && !found {
		return 0, fmt.Sprintf("pod %s has no container named %s", pod.Name, container)
	}
	return sum, ""
}

// longRunning returns the containers that run as long as the pod: regular ones and sidecars, which are restartable init
// containers.
func longRunning(pod *corev1.Pod) []*corev1.Container {
	containers := make([]*corev1.Container, 0, len(pod.Spec.Containers))
	for i := range pod.Spec.Containers {
		containers = append(containers, &pod.Spec.Containers[i])
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			containers = append(containers, c)
		}
	}
	return containers
}

// Containers returns the names of each pod's regular and sidecar containers, in the order of pods.
func Containers(pods []*corev1.Pod) [][]string {
	names := make([][]string, len(pods))
	for i, pod := range pods {
		for _, c := range longRunning(pod) {
			names[i] = append(names[i], c.Name)
		}
	}
	return names
}
