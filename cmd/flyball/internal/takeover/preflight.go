package takeover

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/summary"
	"flyball.dev/flyball/cmd/flyball/internal/shadow"
)

// defaultStabilization is the stabilization window of scale-down of autoscaling/v2, in seconds.
const defaultStabilization = 300

// preflight returns why a take-over must not begin. Those in judged are judgments, which --force overrides. A run that continues an
// earlier one has passed it.
func preflight(o *observed) (blocked, judged []string) {
	a := o.autoscaler
	if !begins(o) {
		return nil, nil
	}
	if a.Spec.Mode != v1alpha1.ModeShadow {
		blocked = append(blocked, fmt.Sprintf("spec.mode: Invalid value: %q: must be Shadow, so that the autoscaler has the history of the target", a.Spec.Mode))
		return blocked, nil
	}
	for _, kind := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionScalingActive, v1alpha1.ConditionAbleToScale} {
		if c := meta.FindStatusCondition(a.Status.Conditions, kind); c == nil || c.Status != metav1.ConditionTrue {
			blocked = append(blocked, fmt.Sprintf("condition %s is not True: flyball explain %s -n %s has the reason", kind, a.Name, a.Namespace))
		}
	}
	for _, other := range o.others {
		if _, found := other.GetAnnotations()[pausedReplicas]; found {
			blocked = append(blocked, fmt.Sprintf("%s has the annotation %s, which holds a count; remove it first", describe(other), pausedReplicas))
		}
		if by := managedBy(other); by != "" {
			judged = append(judged, fmt.Sprintf("%s is managed by %s, which would create or resume it again; change it there: flyball take-over %s -n %s -o yaml prints the changes", describe(other), by, a.Name, a.Namespace))
		}
	}
	if window := stabilization(a); compared(a) < window {
		judged = append(judged, fmt.Sprintf("%s is compared, less than the stabilization window of %s, so that the history of the target is not complete", compared(a), window))
	}
	row := summary.FromStatus(a, &a.Status)
	if ok, text := shadow.Recommend(&row); !ok {
		judged = append(judged, "the shadow report recommends otherwise: "+text)
	}
	return blocked, judged
}

// begins reports whether no earlier run has begun to take over.
func begins(o *observed) bool {
	return o.record == nil && o.autoscaler.Spec.Mode != v1alpha1.ModeEnforce && o.autoscaler.Spec.Mode != ""
}

func compared(a *v1alpha1.HorizontalAutoscaler) time.Duration {
	if a.Status.Shadow == nil || a.Status.Shadow.Comparison == nil {
		return 0
	}
	return time.Duration(a.Status.Shadow.Comparison.ObservedSeconds) * time.Second
}

func stabilization(a *v1alpha1.HorizontalAutoscaler) time.Duration {
	seconds := int32(defaultStabilization)
	if b := a.Spec.Behavior; b != nil && b.ScaleDown != nil && b.ScaleDown.StabilizationWindowSeconds != nil {
		seconds = *b.ScaleDown.StabilizationWindowSeconds
	}
	return time.Duration(seconds) * time.Second
}

// managedBy names the GitOps tool whose labels or annotations an object has.
func managedBy(object *unstructured.Unstructured) string {
	labels, annotations := object.GetLabels(), object.GetAnnotations()
	switch {
	case annotations["argocd.argoproj.io/tracking-id"] != "" || labels["argocd.argoproj.io/instance"] != "":
		return "Argo CD"
	case labels["kustomize.toolkit.fluxcd.io/name"] != "" || labels["helm.toolkit.fluxcd.io/name"] != "":
		return "Flux"
	default:
		return ""
	}
}
