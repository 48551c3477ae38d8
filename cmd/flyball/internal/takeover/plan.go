package takeover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// Name is the name of a step.
type Name string

// The steps of a take-over, and of its undoing, in their order.
const (
	// Agree waits until the decision is the current count, so that the switch changes nothing. --allow-change leaves it out.
	Agree Name = "Agree"
	// Record keeps the other controller in an annotation of the HorizontalAutoscaler.
	Record Name = "Record"
	// Stop deletes the HPA, or pauses the ScaledObject.
	Stop Name = "Stop"
	// Settle waits until a write by the stopped controller that was under way has ended.
	Settle Name = "Settle"
	// Enforce sets the mode Enforce.
	Enforce Name = "Enforce"
	// Verify waits for a decision in the new mode.
	Verify Name = "Verify"

	// Watch sets the mode Shadow, and Release waits until the autoscaler has it, and so writes no more.
	Watch   Name = "Watch"
	Release Name = "Release"
	// Restore creates the HPA, or resumes the ScaledObject, as it was.
	Restore Name = "Restore"
	// Finish compares the restored object with the original, and removes the annotation.
	Finish Name = "Finish"
)

// Step is one step that is left. A step that is carried out twice does the same as once.
type Step struct {
	Name Name
	Text string
	// Waits reports that the step changes nothing: it is over when the plan does not have it any more.
	Waits bool
	// other is the object that Stop and Restore change.
	other *unstructured.Unstructured
}

// situation is what a plan depends on beside the observed state.
type situation struct {
	// settled reports that no other controller has been active for long enough, and stopped that this run has stopped one.
	settled, stopped bool
	// allowChange takes over also while the decision is another count.
	allowChange bool
}

// takeOver returns the steps that are left, from the observed state alone: so it continues where an earlier run ended.
func takeOver(o *observed, now situation) ([]Step, error) {
	active := o.active()
	enforces := o.autoscaler.Spec.Mode == v1alpha1.ModeEnforce || o.autoscaler.Spec.Mode == ""
	switch {
	case enforces && len(active) > 0:
		return nil, fmt.Errorf("%s and HorizontalAutoscaler %s (mode Enforce) both scale the target; set spec.mode to Shadow first, and find out what creates the %s again, such as GitOps",
			describe(active[0]), o.autoscaler.Name, active[0].GetKind())
	case o.record == nil && len(o.others) == 0 && !enforces:
		return nil, fmt.Errorf("no HorizontalPodAutoscaler or ScaledObject scales %s/%s: set spec.mode to Enforce", o.autoscaler.Spec.ScaleTargetRef.Kind, o.autoscaler.Spec.ScaleTargetRef.Name)
	case o.record == nil && len(o.others) > 1:
		return nil, fmt.Errorf("%s and %s both scale the target; delete one of them first", describe(o.others[0]), describe(o.others[1]))
	}
	var steps []Step
	add := func(name Name, waits bool, other *unstructured.Unstructured, format string, args ...any) {
		steps = append(steps, Step{Name: name, Text: fmt.Sprintf(format, args...), Waits: waits, other: other})
	}
	if enforces {
		if !verified(o.autoscaler) {
			add(Verify, true, nil, "wait for a decision in mode Enforce")
		}
		return steps, nil
	}
	if stopping := o.stopping(); stopping != nil {
		other := o.record != nil && o.record.UID != string(stopping.GetUID())
		if other && now.stopped {
			return nil, fmt.Errorf("%s was created again after it was deleted; find out what creates it, such as GitOps, and change it there", describe(stopping))
		}
		if !now.allowChange && !agrees(o.autoscaler) {
			add(Agree, true, nil, "wait until the decision (%s) is the current count (%d)", decided(o.autoscaler), o.autoscaler.Status.CurrentReplicas)
		}
		if o.record == nil || other || !restored(stopping, o.record.recorded()) { // or it was edited after it was recorded
			add(Record, false, stopping, "keep %s in the annotation %s", describe(stopping), v1alpha1.AnnotationTakenOver)
		}
		add(Stop, false, stopping, "%s %s", map[bool]string{true: "delete", false: "pause"}[stopping.GetKind() == kindHPA], describe(stopping))
	}
	if !now.settled {
		add(Settle, true, nil, "wait until no write of the stopped controller is under way")
	}
	add(Enforce, false, nil, "set spec.mode of HorizontalAutoscaler %s to Enforce", o.autoscaler.Name)
	add(Verify, true, nil, "wait for a decision in mode Enforce")
	return steps, nil
}

// stopping returns the controller that is to be stopped; nil once it is.
func (o *observed) stopping() *unstructured.Unstructured {
	i := slices.IndexFunc(o.others, func(other *unstructured.Unstructured) bool {
		return other.GetKind() == kindHPA || other.GetAnnotations()[pausedAnnotation] != "true"
	})
	if i < 0 {
		return nil
	}
	return o.others[i]
}

// undo returns the steps that are left until the other controller scales the target as before.
func undo(o *observed) ([]Step, error) {
	if o.record == nil {
		return nil, fmt.Errorf("HorizontalAutoscaler %s has no annotation %s: nothing was taken over, or it is undone", o.autoscaler.Name, v1alpha1.AnnotationTakenOver)
	}
	var steps []Step
	add := func(name Name, waits bool, other *unstructured.Unstructured, format string, args ...any) {
		steps = append(steps, Step{Name: name, Text: fmt.Sprintf(format, args...), Waits: waits, other: other})
	}
	was := o.record.recorded()
	found := o.find(was)
	if o.autoscaler.Spec.Mode != v1alpha1.ModeShadow {
		add(Watch, false, nil, "set spec.mode of HorizontalAutoscaler %s to Shadow", o.autoscaler.Name)
	}
	if o.autoscaler.Spec.Mode != v1alpha1.ModeShadow || !observedSpec(o.autoscaler) {
		add(Release, true, nil, "wait until the autoscaler writes no more")
	}
	if !restored(found, was) {
		if found != nil && was.GetKind() == kindHPA {
			return nil, fmt.Errorf("%s exists and differs from the original; delete it, or remove the annotation %s of HorizontalAutoscaler %s", describe(found), v1alpha1.AnnotationTakenOver, o.autoscaler.Name)
		}
		if found == nil && was.GetKind() == kindScaledObject {
			return nil, fmt.Errorf("%s does not exist any more: it was paused, not deleted; create it again, or remove the annotation %s", describe(was), v1alpha1.AnnotationTakenOver)
		}
		add(Restore, false, was, "%s %s as it was", map[bool]string{true: "create", false: "resume"}[was.GetKind() == kindHPA], describe(was))
	}
	add(Finish, false, nil, "compare %s with the original, and remove the annotation %s", describe(was), v1alpha1.AnnotationTakenOver)
	return steps, nil
}

func (o *observed) find(was *unstructured.Unstructured) *unstructured.Unstructured {
	for _, other := range o.others {
		if other.GetKind() == was.GetKind() && other.GetName() == was.GetName() {
			return other
		}
	}
	return nil
}

// restored reports whether the object is as it was, byte for byte. Of a ScaledObject, which was only paused, it is the annotation.
func restored(found, was *unstructured.Unstructured) bool {
	switch {
	case found == nil:
		return false
	case was.GetKind() == kindScaledObject:
		before, existed := was.GetAnnotations()[pausedAnnotation]
		now, exists := found.GetAnnotations()[pausedAnnotation]
		return before == now && existed == exists
	default:
		now, err := json.Marshal(original(found))
		before, alsoErr := json.Marshal(was.Object)
		return err == nil && alsoErr == nil && bytes.Equal(now, before)
	}
}

// observedSpec reports whether the autoscaler has evaluated the newest spec. Its loop evaluates no object with a write under way, so
// that no write of an earlier mode follows.
func observedSpec(a *v1alpha1.HorizontalAutoscaler) bool {
	return a.Status.ObservedGeneration != nil && *a.Status.ObservedGeneration >= a.Generation
}

func verified(a *v1alpha1.HorizontalAutoscaler) bool {
	return observedSpec(a) && a.Status.Shadow == nil && meta.IsStatusConditionPresentAndEqual(a.Status.Conditions, v1alpha1.ConditionAbleToScale, metav1.ConditionTrue)
}

func agrees(a *v1alpha1.HorizontalAutoscaler) bool {
	return observedSpec(a) && a.Status.Shadow != nil && a.Status.Shadow.DesiredReplicas == a.Status.CurrentReplicas
}

// decided is the decision as text.
func decided(a *v1alpha1.HorizontalAutoscaler) string {
	switch {
	case !observedSpec(a):
		return "of the newest spec, which the autoscaler has not observed"
	case a.Status.Shadow == nil:
		return "none yet"
	default:
		return strconv.Itoa(int(a.Status.Shadow.DesiredReplicas))
	}
}
