package doctor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// checkWriters finds targets with two autoscalers that write. It is reported once, on the one that is later by kind and name.
func checkWriters(c *call, s *subject) {
	if s.workload == nil || !s.writes() {
		return
	}
	var others []string
	for _, other := range s.workload.by {
		if other != s && other.writes() {
			others = append(others, other.object.String())
		}
	}
	first := slices.IndexFunc(s.workload.by, (*subject).writes)
	if len(others) == 0 || s.workload.by[first] == s {
		return
	}
	fix := Fix{Text: "delete one of them, after merging its metrics into the other", Command: kubectl(s.object.Namespace, "delete %s %s", s.resource, s.object.Name)}
	switch {
	case s.own != nil:
		fix = Fix{Text: "let this one only record its decisions until the other is gone", Command: s.patch(`{"spec": {"mode": "Shadow"}}`)}
	case s.scaledObject != "":
		fix = Fix{
			Text:    "pause the ScaledObject that owns this HPA, or delete the other autoscaler",
			Command: kubectl(s.object.Namespace, "annotate scaledobject %s autoscaling.keda.sh/paused=true", s.scaledObject),
		}
	}
	c.add(Error, s.object, fmt.Sprintf("%s %s is the target of %s, too", s.target.kind, s.target.name, strings.Join(others, ", ")),
		"each reverts the replicas of the other, or both refuse to scale", fix)
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// checkManifest finds tools that set spec.replicas beside the autoscaler.
func checkManifest(c *call, s *subject) {
	w := s.workload
	if w == nil || !s.writes() {
		return
	}
	if manager, since, found := replicasManager(w.meta); found {
		severity := Warning
		if s.lastScale != nil && since.After(s.lastScale.Time) {
			severity = Error // it has reverted the last change
		}
		c.add(severity, s.object, fmt.Sprintf("the field manager %s sets spec.replicas of %s %s to %d by server-side apply, last at %s",
			manager, s.target.kind, s.target.name, w.replicas, since.UTC().Format("2006-01-02 15:04:05Z")),
			"each sync of the tool reverts the autoscaler's replicas",
			Fix{
				Text:    fmt.Sprintf("remove spec.replicas from the manifest that %s applies, once this command has given the field to the autoscaler", manager),
				Command: kubectl(w.key.namespace, "scale %s %s --replicas=%d", strings.ToLower(w.key.kind), w.key.name, step(s, w.replicas)),
			})
		return
	}
	if !appliedReplicas(w.meta) {
		return
	}
	c.add(Warning, s.object, fmt.Sprintf("kubectl apply sets spec.replicas of %s %s: the annotation %s has it", s.target.kind, s.target.name, lastApplied),
		"the next kubectl apply of the manifest reverts the autoscaler's replicas",
		Fix{
			Text:    "remove spec.replicas from the manifest, and then record the manifest as the last one that was applied, so that the next apply does not reset the field to 1",
			Command: kubectl(w.key.namespace, "apply set-last-applied -f MANIFEST"),
		})
}

// step returns a number of replicas beside the current one, within the bounds: only a change of the value moves its ownership.
func step(s *subject, replicas int32) int32 {
	if replicas < s.max {
		return replicas + 1
	}
	return max(1, replicas-1)
}

// replicasManager returns the field manager that owns spec.replicas by server-side apply, which an autoscaler never uses.
func replicasManager(meta *metav1.ObjectMeta) (manager string, since metav1.Time, found bool) {
	for i := range meta.ManagedFields {
		m := &meta.ManagedFields[i]
		if m.Operation != metav1.ManagedFieldsOperationApply || m.FieldsV1 == nil || m.Subresource != "" {
			continue
		}
		var fields struct {
			Spec map[string]json.RawMessage `json:"f:spec"`
		}
		if json.Unmarshal(m.FieldsV1.GetRawBytes(), &fields) != nil {
			continue
		}
		if _, owns := fields.Spec["f:replicas"]; owns {
			if m.Time != nil {
				since = *m.Time
			}
			return m.Manager, since, true
		}
	}
	return "", since, false
}

// appliedReplicas reports whether the manifest that kubectl apply recorded has spec.replicas.
func appliedReplicas(meta *metav1.ObjectMeta) bool {
	var manifest struct {
		Spec struct {
			Replicas *int32 `json:"replicas"`
		} `json:"spec"`
	}
	return json.Unmarshal([]byte(meta.Annotations[lastApplied]), &manifest) == nil && manifest.Spec.Replicas != nil
}

// checkVPA finds VerticalPodAutoscalers that change the requests by which the autoscaler measures utilization.
func checkVPA(c *call, s *subject) {
	for _, vpa := range c.snapshot.VPAs {
		var v vpaFields
		if !decode(vpa, &v) || v.Metadata.Namespace != s.object.Namespace || v.Spec.TargetRef.Kind != s.target.kind || v.Spec.TargetRef.Name != s.target.name {
			continue
		}
		if v.Spec.UpdatePolicy.UpdateMode == "Off" || v.Spec.UpdatePolicy.UpdateMode == "Initial" {
			continue
		}
		for i := range s.spec.Metrics {
			resource, target := resourceOf(&s.spec.Metrics[i])
			if target == nil || target.Type != autoscalingv2.UtilizationMetricType || !v.controls(resource) {
				continue
			}
			c.add(Error, s.object, fmt.Sprintf("VerticalPodAutoscaler %s changes the requests for %s, of which the autoscaler measures the utilization", v.Metadata.Name, resource),
				"each change of the requests looks like a change of the load, and the two drive each other",
				Fix{
					Text:    "let the VerticalPodAutoscaler only recommend, or have it control another resource",
					Command: kubectl(s.object.Namespace, `patch vpa %s --type=merge -p '{"spec": {"updatePolicy": {"updateMode": "Off"}}}'`, v.Metadata.Name),
				})
			return
		}
	}
}

type vpaFields struct {
	Metadata struct{ Namespace, Name string }
	Spec     struct {
		TargetRef    struct{ Kind, Name string }
		UpdatePolicy struct{ UpdateMode string }
		// ResourcePolicy without controlledResources controls CPU and memory.
		ResourcePolicy struct {
			ContainerPolicies []struct {
				Mode                string
				ControlledResources []string
			}
		}
	}
}

func (v *vpaFields) controls(resource string) bool {
	policies := v.Spec.ResourcePolicy.ContainerPolicies
	for _, p := range policies {
		if p.Mode != "Off" && (p.ControlledResources == nil || slices.Contains(p.ControlledResources, resource)) {
			return true
		}
	}
	return len(policies) == 0
}

// resourceOf returns the resource and the target of a metric of a resource; no target for another metric.
func resourceOf(m *v1alpha1.MetricSpec) (string, *v1alpha1.MetricTarget) {
	switch {
	case m.Resource != nil:
		return m.Resource.Name, &m.Resource.Target
	case m.ContainerResource != nil:
		return m.ContainerResource.Name, &m.ContainerResource.Target
	default:
		return "", nil
	}
}

// decode reads fields of a decoded object, and reports whether their types fit.
func decode(object map[string]any, into any) bool {
	text, err := json.Marshal(object)
	return err == nil && json.Unmarshal(text, into) == nil
}
