package controller

import (
	"time"

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
	for _, i := range d.OpenWindows {
		status.Open = append(status.Open, spec.Windows[i].Name)
	}
	if i, change := o.nextChange(now); i >= 0 {
		status.Next = &v1alpha1.NextWindow{Name: spec.Windows[i].Name}
		if o.changes.known[i].opens {
			status.Next.Start = new(inUTC(change))
		} else {
			status.Next.End = new(inUTC(change))
		}
	}
	return status
}

// nextChange returns the index of the window that opens or closes next, and the time; -1 for none.
func (o *object) nextChange(now time.Time) (window int, next time.Time) {
	window = -1
	o.changes.update(o.policy, now)
	for i := range o.changes.known {
		if change := o.changes.known[i].time; !change.IsZero() && (window < 0 || change.Before(next)) {
			window, next = i, change
		}
	}
	return window, next
}
