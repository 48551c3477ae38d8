package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

// containers returns the containers of a template that run as long as the pod: regular ones and sidecars.
func containers(spec *corev1.PodSpec) []*corev1.Container {
	var kept []*corev1.Container
	for i := range spec.Containers {
		kept = append(kept, &spec.Containers[i])
	}
	for i := range spec.InitContainers {
		if p := spec.InitContainers[i].RestartPolicy; p != nil && *p == corev1.ContainerRestartPolicyAlways {
			kept = append(kept, &spec.InitContainers[i])
		}
	}
	return kept
}

// checkContainer finds metrics of a container that the pods do not have.
func checkContainer(c *call, s *subject) {
	if s.workload == nil {
		return
	}
	var names []string
	for _, container := range containers(&s.workload.template.Spec) {
		names = append(names, container.Name)
	}
	for i := range s.spec.Metrics {
		m := s.spec.Metrics[i].ContainerResource
		if m == nil || len(names) == 0 || slices.Contains(names, m.Container) {
			continue
		}
		c.add(Error, s.object, fmt.Sprintf("spec.metrics[%d] reads the container %s, which the pods do not have", i, m.Container), unreadable(s), Fix{
			Text:    "name a container of the pods: " + strings.Join(names, ", "),
			Command: s.replace(fmt.Sprintf("/spec/metrics/%d/containerResource/container", i), `"`+names[0]+`"`),
		})
	}
}

// checkRequests finds containers without the request that a utilization is a share of. One of them makes the utilization of all pods
// unknown.
func checkRequests(c *call, s *subject) {
	if s.workload == nil {
		return
	}
	spec := &s.workload.template.Spec
	for i := range s.spec.Metrics {
		resource, target := resourceOf(&s.spec.Metrics[i])
		if target == nil || target.Type != autoscalingv2.UtilizationMetricType {
			continue
		}
		of := s.spec.Metrics[i].ContainerResource
		if spec.Resources != nil && of == nil && spec.Resources.Requests != nil {
			continue // the request of the pod counts
		}
		var missing []*corev1.Container
		for _, container := range containers(spec) {
			_, requested := container.Resources.Requests[corev1.ResourceName(resource)]
			_, limited := container.Resources.Limits[corev1.ResourceName(resource)] // a limit sets the request
			if (of == nil || of.Container == container.Name) && !requested && !limited {
				missing = append(missing, container)
			}
		}
		if len(missing) == 0 {
			continue
		}
		var names []string
		for _, container := range missing {
			names = append(names, container.Name)
		}
		c.add(Error, s.object, fmt.Sprintf("spec.metrics[%d] is a share of the requests for %s, which the pods of %s %s do not have in: %s",
			i, resource, s.target.kind, s.target.name, strings.Join(names, ", ")),
			"the utilization of every pod is unknown, so that the metric never scales",
			c.request(s, resource, missing))
		return
	}
}

// request proposes a request for each container: the highest use of its pods, or else a small one.
func (c *call) request(s *subject, resource string, missing []*corev1.Container) Fix {
	w := s.workload
	var regular, sidecars []string
	for _, container := range missing {
		amount := c.use(w, container.Name, resource)
		line := fmt.Sprintf(`{"name": "%s", "resources": {"requests": {"%s": "%s"}}}`, container.Name, resource, amount)
		if container.RestartPolicy != nil {
			sidecars = append(sidecars, line)
		} else {
			regular = append(regular, line)
		}
	}
	var lists []string
	if len(regular) > 0 {
		lists = append(lists, `"containers": [`+strings.Join(regular, ", ")+"]")
	}
	if len(sidecars) > 0 {
		lists = append(lists, `"initContainers": [`+strings.Join(sidecars, ", ")+"]")
	}
	return Fix{
		Text: "set the requests to what the containers use under normal load; this starts a rollout",
		Command: kubectl(w.key.namespace, `patch %s %s -p '{"spec": {"template": {"spec": {%s}}}}'`,
			strings.ToLower(w.key.kind), w.key.name, strings.Join(lists, ", ")),
	}
}

func (c *call) use(w *workload, container, resource string) string {
	var highest int64
	for _, pod := range w.owned {
		highest = max(highest, c.snapshot.Usage[pod.Namespace+"/"+pod.Name].Containers[container][resource])
	}
	if resource == "memory" {
		return fmt.Sprintf("%dMi", max(32, highest/1000>>20+1))
	}
	return fmt.Sprintf("%dm", max(10, highest))
}

// obstacles are the checks of [checkObstacle].
var obstacles = map[string]struct {
	obstacle engine.Obstacle
	fix      string
	command  string
}{
	"Unschedulable":    {engine.Unschedulable, "add nodes, or lower requests, node selectors and affinity until the pods fit", "get events --field-selector reason=FailedScheduling"},
	"VolumeUnbound":    {engine.VolumeUnbound, "create the volume claim, or have its storage class provision a volume", "get persistentvolumeclaims"},
	"ImageUnavailable": {engine.ImageUnavailable, "correct the image or its pull secret, or go back to the last revision", "rollout undo %s"},
	"ContainerError":   {engine.ContainerError, "create what the container refers to, or go back to the last revision", "rollout undo %s"},
	"CrashLoop":        {engine.CrashLoop, "correct the program or its configuration, or go back to the last revision", "rollout undo %s"},
}

// checkObstacle finds pods that cannot run.
func checkObstacle(c *call, s *subject) {
	o := obstacles[c.id]
	if s.workload == nil {
		return
	}
	n, message := 0, ""
	for i, pod := range s.workload.pods {
		if i < len(s.workload.seen.Pods) && s.workload.seen.Pods[i].Obstacle == o.obstacle && !s.workload.seen.Pods[i].Deleting && slices.Contains(s.workload.owned, pod) {
			n++
			message = c.snapshot.Observe([]*corev1.Pod{pod}).BlockedBy
		}
	}
	if n == 0 {
		return
	}
	command := o.command
	if strings.Contains(command, "%") {
		command = fmt.Sprintf(command, strings.ToLower(s.target.kind)+"/"+s.target.name)
	}
	c.add(Error, s.object, fmt.Sprintf("%d of %d pods of %s %s cannot run: %s", n, len(s.workload.pods), s.target.kind, s.target.name, message),
		"the load stays on the other pods, and further scale-ups make more pods of this kind",
		Fix{Text: o.fix, Command: kubectl(s.object.Namespace, "%s", command)})
}

// checkReady finds targets none of whose pods becomes ready.
func checkReady(c *call, s *subject) {
	if s.workload == nil || len(s.workload.seen.Pods) == 0 || c.found(s, "Unschedulable", "VolumeUnbound", "ImageUnavailable", "ContainerError", "CrashLoop") {
		return
	}
	for i := range s.workload.seen.Pods {
		p := &s.workload.seen.Pods[i]
		if p.Readiness == engine.Ready || p.Deleting || p.Started.IsZero() || c.snapshot.Now.Sub(p.Started) < 5*time.Minute {
			return
		}
	}
	c.add(Error, s.object, fmt.Sprintf("none of the %d pods of %s %s is ready, 5m or longer after their start", len(s.workload.pods), s.target.kind, s.target.name),
		"pods that are not ready count as without load, so that the autoscaler does not scale up",
		Fix{Text: "correct the readiness probe or the program", Command: kubectl(s.object.Namespace, "describe pod %s", s.workload.pods[0].Name)})
}

// checkSelector finds pods that the selector of the target matches and that do not belong to it.
func checkSelector(c *call, s *subject) {
	if s.workload == nil || len(s.workload.pods) == len(s.workload.owned) {
		return
	}
	var others []string
	command := kubectl(s.object.Namespace, "get pods -l '%s' --show-labels", s.workload.selector)
	for _, pod := range s.workload.pods {
		if slices.Contains(s.workload.owned, pod) {
			continue
		}
		others = append(others, pod.Name)
		if requirements, _ := s.workload.selector.Requirements(); controllerOf(pod.Namespace, pod) == (key{}) && len(requirements) > 0 {
			command = kubectl(s.object.Namespace, "label pod %s %s-", pod.Name, requirements[0].Key())
		}
	}
	severity := Error
	if s.own != nil {
		severity = Warning // the correction OwnPods ignores them
	}
	c.add(severity, s.object, fmt.Sprintf("the selector %q of %s %s matches %d pods that do not belong to it, such as %s",
		s.workload.selector, s.target.kind, s.target.name, len(others), others[0]),
		"an HPA counts the load of these pods, and refuses to scale if another HPA does, too",
		Fix{Text: "give the other pods labels that the selector does not match; the selector of a Deployment cannot be changed", Command: command})
}
