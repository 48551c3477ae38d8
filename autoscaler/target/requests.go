package target

import (
	"fmt"
	"maps"
	"slices"
	"unique"

	corev1 "k8s.io/api/core/v1"
	resourcehelpers "k8s.io/component-helpers/resource"
)

// container is a container that runs as long as the pod.
type container struct {
	name     unique.Handle[string]
	requests []request
}

// request is a resource request, in thousandths of the resource's unit: as in the spec, and as the node has applied it. They
// differ during an in-place resize.
type request struct {
	resource            unique.Handle[string]
	specified, actuated int64
}

// newContainers returns the containers of a pod that run as long as it does: regular ones and sidecars.
func newContainers(pod *corev1.Pod) []container {
	applied := actuated(pod)
	kept := make([]container, 0, len(pod.Spec.Containers))
	for i := range pod.Spec.Containers {
		kept = append(kept, newContainer(&pod.Spec.Containers[i], &applied.Spec.Containers[i]))
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			kept = append(kept, newContainer(c, &applied.Spec.InitContainers[i]))
		}
	}
	return kept
}

func newContainer(specified, actuated *corev1.Container) container {
	return container{unique.Make(specified.Name), newRequests(specified.Resources.Requests, actuated.Resources.Requests)}
}

// podLevelRequests returns the requests of a pod that has some at pod level; for a resource without one, those of the containers
// add up.
func podLevelRequests(pod *corev1.Pod) []request {
	if !resourcehelpers.IsPodLevelRequestsSet(pod) {
		return nil
	}
	options := resourcehelpers.PodResourcesOptions{}
	return newRequests(resourcehelpers.PodRequests(pod, options), resourcehelpers.PodRequests(actuated(pod), options))
}

func newRequests(specified, actuated corev1.ResourceList) []request {
	kept := make([]request, 0, len(specified))
	for _, name := range slices.Sorted(maps.Keys(specified)) {
		asSpecified, asActuated := specified[name], actuated[name]
		kept = append(kept, request{unique.Make(string(name)), asSpecified.MilliValue(), asActuated.MilliValue()})
	}
	return kept
}

// Requests returns the requests of each pod for a resource, in thousandths of its unit and in the order of pods: of one container
// where container is not empty, else of the pod. One missing request makes the sum, and every utilization, unknown; problem then
// names it. During an in-place resize the requests are those that the node has applied, or with asSpecified those of the spec,
// as in the HPA controller.
func Requests(pods []*Pod, resource corev1.ResourceName, container string, asSpecified bool) (requests []int64, problem string) {
	requests = make([]int64, len(pods))
	for i, pod := range pods {
		requests[i], problem = pod.request(string(resource), container, asSpecified)
		if problem != "" {
			return nil, problem
		}
	}
	return requests, ""
}

func (p *Pod) request(resource, container string, asSpecified bool) (int64, string) {
	if container == "" && p.podLevel != nil {
		amount, found := requested(p.podLevel, resource, asSpecified)
		if !found {
			return 0, fmt.Sprintf("pod %s has no request for %s at pod level or in a container", p.Name(), resource)
		}
		return amount, ""
	}
	var sum int64
	found := false
	for i := range p.containers {
		c := &p.containers[i]
		if container != "" && c.name.Value() != container {
			continue
		}
		found = true
		amount, requested := requested(c.requests, resource, asSpecified)
		if !requested {
			return 0, fmt.Sprintf("container %s of pod %s has no request for %s", c.name.Value(), p.Name(), resource)
		}
		sum += amount
	}
	if container != "" && !found {
		return 0, fmt.Sprintf("pod %s has no container named %s", p.Name(), container)
	}
	return sum, ""
}

func requested(requests []request, resource string, asSpecified bool) (amount int64, found bool) {
	for i := range requests {
		switch {
		case requests[i].resource.Value() != resource:
		case asSpecified:
			return requests[i].specified, true
		default:
			return requests[i].actuated, true
		}
	}
	return 0, false
}

// Containers returns the names of each pod's regular and sidecar containers, in the order of pods.
func Containers(pods []*Pod) [][]string {
	names := make([][]string, len(pods))
	for i, pod := range pods {
		for j := range pod.containers {
			names[i] = append(names[i], pod.containers[j].name.Value())
		}
	}
	return names
}
