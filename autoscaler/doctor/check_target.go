package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// settle is how long an autoscaler has after its creation, and pods after their start, before a check judges them.
const settle = 2 * time.Minute

// checkReconciled finds autoscalers without a status.
func checkReconciled(c *call, s *subject) {
	if len(s.conditions) > 0 || c.snapshot.Now.Sub(s.created) < settle {
		return
	}
	fix := Fix{Text: "start kube-controller-manager with the controller horizontal-pod-autoscaling", Command: "kubectl -n kube-system get pods -l component=kube-controller-manager"}
	if s.own != nil {
		fix = Fix{Text: "start the autoscaler, or have it watch this namespace", Command: "kubectl get pods -A -l app.kubernetes.io/component=autoscaler"}
	}
	c.add(Error, s.object, "the status has no condition: no controller has read the object since its creation",
		"the replicas of the target stay as they are at every load", fix)
}

// checkAccepted finds objects of Flyball whose spec is refused.
func checkAccepted(c *call, s *subject) {
	if refused, found := s.hasCondition(v1alpha1.ConditionAccepted, "False"); found {
		c.add(Error, s.object, refused.reason+": "+refused.message, "the autoscaler does not scale while its spec is refused",
			Fix{Text: "correct the field that the message names", Command: kubectl(s.object.Namespace, "edit ha %s", s.object.Name)})
	}
}

// withoutScale are kinds without a scale subresource.
var withoutScale = []string{"DaemonSet", "Pod", "Job", "CronJob", "Service"}

func checkScalable(c *call, s *subject) {
	if !slices.Contains(withoutScale, s.target.kind) {
		return
	}
	c.add(Error, s.object, fmt.Sprintf("spec.scaleTargetRef names the %s %s, whose kind has no scale subresource", s.target.kind, s.target.name),
		"no autoscaler can read or write its replicas", c.retarget(s))
}

// checkTarget finds targets that do not exist. Of kinds that are not read, the condition has the answer of the API server.
func checkTarget(c *call, s *subject) {
	switch failed, found := s.hasCondition(v1alpha1.ConditionAbleToScale, "False", v1alpha1.ReasonFailedGetScale); {
	case slices.Contains(withoutScale, s.target.kind) || s.workload != nil && s.workload.key.group == s.target.group && !found:
		return
	case s.workload == nil && isBuiltIn(s.target):
		c.add(Error, s.object, fmt.Sprintf("spec.scaleTargetRef names the %s %s, which does not exist in the namespace", s.target.kind, s.target.name),
			"the autoscaler scales nothing", c.retarget(s))
	case found:
		c.add(Error, s.object, failed.reason+": "+failed.message, "the autoscaler cannot read the replicas of its target, and scales nothing", c.retarget(s))
	}
}

func isBuiltIn(k key) bool {
	return k.group == "apps" && slices.Contains([]string{"Deployment", "StatefulSet", "ReplicaSet"}, k.kind) || k.group == "" && k.kind == "ReplicationController"
}

// retarget names the workload that the autoscaler is likely meant for: the one of the same name, or else the only one of its
// namespace that no autoscaler scales.
func (c *call) retarget(s *subject) Fix {
	var free, named []*workload
	for _, w := range c.workloads {
		if w.key.namespace != s.object.Namespace || controllerOf(w.key.namespace, w.meta) != (key{}) {
			continue
		}
		if w.key.name == s.target.name {
			named = append(named, w)
		}
		if len(w.by) == 0 {
			free = append(free, w)
		}
	}
	switch {
	case len(named) == 1:
		return c.aim(s, named[0])
	case len(free) == 1:
		return c.aim(s, free[0])
	}
	return Fix{
		Text:    "create the target, name another one in spec.scaleTargetRef, or delete the autoscaler",
		Command: kubectl(s.object.Namespace, "delete %s %s", s.resource, s.object.Name),
	}
}

func (c *call) aim(s *subject, w *workload) Fix {
	version := strings.TrimPrefix(w.key.group+"/v1", "/")
	return Fix{
		Text: fmt.Sprintf("scale the %s %s of the namespace instead, or delete the autoscaler", w.key.kind, w.key.name),
		Command: s.patch(fmt.Sprintf(`{"spec": {"scaleTargetRef": {"apiVersion": "%s", "kind": "%s", "name": "%s"}}}`,
			version, w.key.kind, w.key.name)),
	}
}

// checkControlled finds targets whose replicas another workload sets.
func checkControlled(c *call, s *subject) {
	if s.workload == nil {
		return
	}
	owner := controllerOf(s.object.Namespace, s.workload.meta)
	if owner == (key{}) {
		return
	}
	seen := fmt.Sprintf("the target, %s %s, is controlled by %s %s, which sets its replicas", s.target.kind, s.target.name, owner.kind, owner.name)
	fix := Fix{Text: fmt.Sprintf("scale the %s %s instead", owner.kind, owner.name)}
	if w := c.workloads[owner]; w != nil {
		fix = c.aim(s, w)
	}
	c.add(Error, s.object, seen, "each of the two reverts the replicas of the other", fix)
}

// checkZero finds HPAs whose target was scaled to zero by someone.
func checkZero(c *call, s *subject) {
	atZero := s.workload != nil && s.workload.replicas == 0
	if _, disabled := s.hasCondition(v1alpha1.ConditionScalingActive, "False", v1alpha1.ReasonScalingDisabled); !disabled || s.workload != nil && !atZero {
		return
	}
	c.add(Error, s.object, "the target has 0 replicas, which disables the autoscaler", "no load scales the target up again",
		Fix{
			Text:    "give the target its lowest number of replicas; the autoscaler goes on from there",
			Command: kubectl(s.object.Namespace, "scale %s %s --replicas=%d", strings.ToLower(s.target.kind), s.target.name, max(1, s.min)),
		})
}

// checkPaused names autoscalers that someone paused.
func checkPaused(c *call, s *subject) {
	if s.own != nil && s.spec.Mode == v1alpha1.ModePaused {
		c.add(Info, s.object, "spec.mode is Paused", "the replicas stay as they are at every load",
			Fix{Text: "resume it once the cause is gone", Command: s.patch(`{"spec": {"mode": "Enforce"}}`)})
	}
}

// checkStale names autoscalers whose metrics have no new samples.
func checkStale(c *call, s *subject) {
	if stale, found := s.hasCondition(v1alpha1.ConditionMetricsStale, "True"); found {
		c.add(Warning, s.object, stale.message, "the autoscaler decides by old samples, and holds once they are too old",
			Fix{Text: "restore the scrape or the exporter of the metric", Command: kubectl(s.object.Namespace, "describe ha %s", s.object.Name)})
	}
}
