package target

import corev1 "k8s.io/api/core/v1"

// actuated returns the pod with the requests that its node has applied to its containers. The spec has the newest ones, but
// after an in-place resize they are in force only when the kubelet has allocated and actuated them, and never if the resize is
// infeasible. Until then a container runs, and is throttled, by the requests in its status.
//
// Without requests in the status, the allocated ones are in force, and without these the spec's, as before the kubelet has
// reported a container. A pod without a resize in progress is returned unchanged.
func actuated(pod *corev1.Pod) *corev1.Pod {
	requests := resizing(pod)
	if len(requests.containers) == 0 && requests.pod == nil {
		return pod
	}
	changed := *pod
	changed.Spec.Containers = requests.replace(pod.Spec.Containers)
	changed.Spec.InitContainers = requests.replace(pod.Spec.InitContainers)
	if requests.pod != nil {
		resources := *pod.Spec.Resources
		resources.Requests = requests.pod
		changed.Spec.Resources = &resources
	}
	return &changed
}

// inForce has the requests of a pod that differ from its spec: by container, and at pod level.
type inForce struct {
	containers map[string]corev1.ResourceList
	pod        corev1.ResourceList
}

func (f *inForce) replace(containers []corev1.Container) []corev1.Container {
	changed := make([]corev1.Container, len(containers))
	for i := range containers {
		changed[i] = containers[i]
		if requests, found := f.containers[containers[i].Name]; found {
			changed[i].Resources.Requests = requests
		}
	}
	return changed
}

// resizing returns the requests in force that differ from the spec.
func resizing(pod *corev1.Pod) inForce {
	var found inForce
	for _, containers := range [...][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range containers {
			c := &containers[i]
			status := statusOf(pod, c.Name)
			if status == nil {
				continue
			}
			if requests := otherThan(c.Resources.Requests, status.Resources, status.AllocatedResources); requests != nil {
				if found.containers == nil {
					found.containers = map[string]corev1.ResourceList{}
				}
				found.containers[c.Name] = requests
			}
		}
	}
	if pod.Spec.Resources != nil && len(pod.Spec.Resources.Requests) > 0 {
		found.pod = otherThan(pod.Spec.Resources.Requests, pod.Status.Resources, pod.Status.AllocatedResources)
	}
	return found
}

// otherThan returns the spec's requests, each replaced by the actuated or else the allocated one; nil where none differs.
func otherThan(spec corev1.ResourceList, applied *corev1.ResourceRequirements, allocated corev1.ResourceList) corev1.ResourceList {
	var changed corev1.ResourceList
	for name, wanted := range spec {
		now, found := allocated[name]
		if applied != nil {
			if quantity, ok := applied.Requests[name]; ok {
				now, found = quantity, true
			}
		}
		if !found || now.Cmp(wanted) == 0 {
			continue
		}
		if changed == nil {
			changed = spec.DeepCopy()
		}
		changed[name] = now
	}
	return changed
}

func statusOf(pod *corev1.Pod, container string) *corev1.ContainerStatus {
	for _, statuses := range [...][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		for i := range statuses {
			if statuses[i].Name == container {
				return &statuses[i]
			}
		}
	}
	return nil
}
