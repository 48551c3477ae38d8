package target

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	resourcehelpers "k8s.io/component-helpers/resource"
)

// plainRequests are the requests of pods by the fields of the API objects: the plain twin of [Requests].
func plainRequests(pods []*corev1.Pod, resource corev1.ResourceName, container string, asSpecified bool) (requests []int64, problem string) {
	requests = make([]int64, len(pods))
	for i, pod := range pods {
		if !asSpecified {
			pod = actuated(pod)
		}
		if requests[i], problem = plainRequest(pod, resource, container); problem != "" {
			return nil, problem
		}
	}
	return requests, ""
}

func plainRequest(pod *corev1.Pod, resource corev1.ResourceName, container string) (int64, string) {
	if container == "" && resourcehelpers.IsPodLevelRequestsSet(pod) {
		quantity, found := resourcehelpers.PodRequests(pod, resourcehelpers.PodResourcesOptions{})[resource]
		if !found {
			return 0, fmt.Sprintf("pod %s has no request for %s at pod level or in a container", pod.Name, resource)
		}
		return quantity.MilliValue(), ""
	}
	var sum int64
	found := false
	for _, c := range plainContainers(pod) {
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

func plainContainers(pod *corev1.Pod) []*corev1.Container {
	var containers []*corev1.Container
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
