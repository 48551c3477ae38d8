package takeover

import (
	"fmt"
	"maps"
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/doctor"
)

// findings returns the errors that flyball doctor finds about an autoscaler as it will be, alone and in mode Enforce: for example, a tool
// sets spec.replicas of the target. notes name the kinds that could not be read.
func findings(snapshot *doctor.Snapshot, a *v1alpha1.HorizontalAutoscaler) (judged, notes []string) {
	after := *snapshot
	after.HPAs = slices.DeleteFunc(slices.Clone(snapshot.HPAs), func(hpa autoscalingv2.HorizontalPodAutoscaler) bool {
		return hpa.Namespace == a.Namespace && sameTarget(&hpa.Spec.ScaleTargetRef, &a.Spec.ScaleTargetRef)
	})
	after.Autoscalers = slices.Clone(snapshot.Autoscalers)
	for i := range after.Autoscalers {
		if of := &after.Autoscalers[i]; of.Namespace == a.Namespace && of.Name == a.Name {
			of.Spec.Mode = v1alpha1.ModeEnforce
		}
	}
	report := doctor.Examine(&after)
	own := doctor.Object{Kind: "HorizontalAutoscaler", Namespace: a.Namespace, Name: a.Name}
	for i := range report.Findings {
		if f := &report.Findings[i]; f.Object == own && f.Severity == doctor.Error {
			judged = append(judged, fmt.Sprintf("%s: %s: flyball doctor %s -n %s has the fix", f.ID, f.Seen, a.Name, a.Namespace))
		}
	}
	for _, resource := range slices.Sorted(maps.Keys(report.NotRead)) {
		notes = append(notes, fmt.Sprintf("Note: %s were not read, and the preflight does not check them: %s", resource, report.NotRead[resource]))
	}
	return judged, notes
}

func sameTarget(ref *autoscalingv2.CrossVersionObjectReference, target *v1alpha1.CrossVersionObjectReference) bool {
	return ref.Name == target.Name &&
		schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind() == schema.FromAPIVersionAndKind(target.APIVersion, target.Kind).GroupKind()
}
