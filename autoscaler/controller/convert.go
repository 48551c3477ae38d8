package controller

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
)

// maxSteps is the limit of the schema. Only a decision with very many metrics reaches it.
const maxSteps = 64

func decisionSteps(spec *engine.Spec, d *engine.Decision) []v1alpha1.DecisionStep {
	texts := explain.Steps(spec, d)
	steps := make([]v1alpha1.DecisionStep, min(len(texts), maxSteps))
	for i := range steps {
		steps[i] = v1alpha1.DecisionStep{Step: texts[i].Step, From: texts[i].From, To: texts[i].To, Detail: texts[i].Detail}
	}
	return steps
}

// windowsStatus returns the open windows and the window that opens or closes next; nil for a spec without windows.
func (o *object) windowsStatus(d *engine.Decision, now time.Time) *v1alpha1.WindowsStatus {
	spec := &o.policy.Spec
	if len(spec.Windows) == 0 {
		return nil
	}
	status := &v1alpha1.WindowsStatus{}
	var next time.Time
	o.changes.update(o.policy, now)
	for _, i := range d.OpenWindows {
		status.Open = append(status.Open, spec.Windows[i].Name)
	}
	for i := range spec.Windows {
		change := &o.changes.known[i]
		if change.time.IsZero() || !next.IsZero() && !change.time.Before(next) {
			continue
		}
		next, status.Next = change.time, &v1alpha1.NextWindow{Name: spec.Windows[i].Name}
		if change.opens {
			status.Next.Start = &metav1.Time{Time: change.time}
		} else {
			status.Next.End = &metav1.Time{Time: change.time}
		}
	}
	return status
}
