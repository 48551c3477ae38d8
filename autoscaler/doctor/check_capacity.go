package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var exceeded = regexp.MustCompile(`exceeded quota: ([^,]+), requested: ([^ ]+)=([^, ]+), used: [^ ]+=([^, ]+), limited: [^ ]+=([^, ]+)`)

// checkCreate finds targets whose controller cannot create pods.
func checkCreate(c *call, s *subject) {
	if s.workload == nil {
		return
	}
	refused, found := find(s.workload.conditions, "ReplicaFailure", "True")
	message := refused.message
	for i := range c.snapshot.Events {
		// A StatefulSet has no such condition.
		e := &c.snapshot.Events[i]
		if !found && s.target.kind == "StatefulSet" && e.Reason == "FailedCreate" && e.InvolvedObject.Name == s.target.name &&
			e.InvolvedObject.Namespace == s.object.Namespace && e.InvolvedObject.Kind == s.target.kind && len(s.workload.owned) < int(s.workload.replicas) {
			message = e.Message
		}
	}
	if message == "" {
		return
	}
	fix := Fix{Text: "change what refuses the pods", Command: kubectl(s.object.Namespace, "describe %s %s", strings.ToLower(s.target.kind), s.target.name)}
	if m := exceeded.FindStringSubmatch(message); m != nil {
		if requested, err := resource.ParseQuantity(m[3]); err == nil {
			if limit, err := resource.ParseQuantity(m[5]); err == nil {
				hard := times(requested, int64(s.max))
				hard.Add(limit) // what others use is at most the limit
				fix = Fix{Text: "raise the quota, or lower spec.maxReplicas to what it has room for", Command: raise(s.object.Namespace, m[1], m[2], hard)}
			}
		}
	}
	c.add(Error, s.object, fmt.Sprintf("the pods of %s %s are refused: %s", s.target.kind, s.target.name, message),
		"the load stays on the pods that run", fix)
}

func raise(namespace, quota, name string, hard resource.Quantity) string {
	return kubectl(namespace, `patch resourcequota %s --type=merge -p '{"spec": {"hard": {"%s": "%s"}}}'`, quota, name, hard.String())
}

func times(q resource.Quantity, n int64) resource.Quantity {
	product := q.DeepCopy()
	product.Mul(n)
	return product
}

// checkQuota finds quotas with less room than spec.maxReplicas takes.
func checkQuota(c *call, s *subject) {
	if s.workload == nil || c.found(s, "FailedCreate") {
		return
	}
	for i := range c.snapshot.Quotas {
		q := &c.snapshot.Quotas[i]
		if q.Namespace != s.object.Namespace || len(q.Spec.Scopes) > 0 || q.Spec.ScopeSelector != nil {
			continue
		}
		for _, name := range sortedResources(q.Spec.Hard) {
			each, known := perPod(&s.workload.template.Spec, name)
			needed := times(each, int64(s.max))
			if hard := q.Spec.Hard[corev1.ResourceName(name)]; known && needed.Cmp(hard) > 0 {
				c.add(Warning, s.object, fmt.Sprintf("spec.maxReplicas %d takes %s of %s, and ResourceQuota %s has %s", s.max, needed.String(), name, q.Name, hard.String()),
					"pods beyond the quota are refused under high load",
					Fix{Text: "raise the quota, or lower spec.maxReplicas to what it has room for", Command: raise(q.Namespace, q.Name, name, needed)})
				return
			}
		}
	}
}

func sortedResources(list corev1.ResourceList) []string {
	var names []string
	for name := range list {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return names
}

// perPod returns what a pod takes of a resource of a quota.
func perPod(spec *corev1.PodSpec, name string) (resource.Quantity, bool) {
	if name == "pods" || name == "count/pods" {
		return resource.MustParse("1"), true
	}
	short := corev1.ResourceName(strings.TrimPrefix(name, "requests."))
	if short != corev1.ResourceCPU && short != corev1.ResourceMemory {
		return resource.Quantity{}, false
	}
	var sum resource.Quantity
	for _, container := range containers(spec) {
		amount, requested := container.Resources.Requests[short]
		if !requested {
			amount = container.Resources.Limits[short]
		}
		sum.Add(amount)
	}
	return sum, true
}

// checkRollout finds rollouts that do not go on.
func checkRollout(c *call, s *subject) {
	if s.workload == nil || s.target.kind != "Deployment" {
		return
	}
	if stuck, found := find(s.workload.conditions, "Progressing", "False"); found && stuck.reason == "ProgressDeadlineExceeded" {
		c.add(Warning, s.object, stuck.reason+": "+stuck.message, "pods of the new revision do not serve, and each scale-up adds more of them",
			Fix{Text: "correct the new revision, or go back to the last one", Command: kubectl(s.object.Namespace, "rollout undo deployment/%s", s.target.name)})
	}
}

// checkPDB finds PodDisruptionBudgets that allow no eviction at the lowest replica count.
func checkPDB(c *call, s *subject) {
	if s.workload == nil {
		return
	}
	for i := range c.snapshot.PDBs {
		p := &c.snapshot.PDBs[i]
		selector, err := metav1.LabelSelectorAsSelector(p.Spec.Selector)
		if err != nil || p.Namespace != s.object.Namespace || !selector.Matches(labels.Set(s.workload.template.Labels)) {
			continue
		}
		lowest := max(1, int(s.min))
		field, value := "", intstr.IntOrString{}
		switch {
		case p.Spec.MaxUnavailable != nil:
			if n, err := intstr.GetScaledValueFromIntOrPercent(p.Spec.MaxUnavailable, lowest, true); err == nil && n == 0 {
				field, value = "maxUnavailable", *p.Spec.MaxUnavailable
			}
		case p.Spec.MinAvailable != nil:
			if n, err := intstr.GetScaledValueFromIntOrPercent(p.Spec.MinAvailable, lowest, true); err == nil && n >= lowest {
				field, value = "minAvailable", *p.Spec.MinAvailable
			}
		}
		if field == "" {
			continue
		}
		c.add(Warning, s.object, fmt.Sprintf("PodDisruptionBudget %s has %s %s, which allows no eviction at spec.minReplicas %d", p.Name, field, value.String(), s.min),
			"a drain of a node with such a pod never ends, and neither does the removal of the node by a cluster autoscaler",
			Fix{
				Text:    "allow one unavailable pod, or raise spec.minReplicas",
				Command: kubectl(p.Namespace, `patch pdb %s --type=merge -p '{"spec": {"minAvailable": null, "maxUnavailable": 1}}'`, p.Name),
			})
	}
}

// checkResize finds in-place resizes that wait.
func checkResize(c *call, s *subject) {
	if s.workload == nil {
		return
	}
	for _, pod := range s.workload.owned {
		for i := range pod.Status.Conditions {
			r := &pod.Status.Conditions[i]
			if r.Type != corev1.PodResizePending || r.Status != corev1.ConditionTrue {
				continue
			}
			severity := Info
			if r.Reason == corev1.PodReasonInfeasible {
				severity = Warning
			}
			c.add(severity, s.object, fmt.Sprintf("an in-place resize of pod %s is pending: %s: %s", pod.Name, r.Reason, r.Message),
				"an HPA divides by the requests of the spec, which the pod does not have",
				Fix{Text: "resize the pod to what its node has room for, or delete it so that it starts elsewhere", Command: kubectl(pod.Namespace, "delete pod %s", pod.Name)})
			return
		}
	}
}
