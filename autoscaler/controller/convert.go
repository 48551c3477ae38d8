package controller

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
)

// maxSteps is what the schema allows in a status. A decision has fewer, but for one with very many metrics.
const maxSteps = 64

func decisionSteps(spec *engine.Spec, d *engine.Decision) []v1alpha1.DecisionStep {
	texts := explain.Steps(spec, d)
	steps := make([]v1alpha1.DecisionStep, min(len(texts), maxSteps))
	for i := range steps {
		steps[i] = v1alpha1.DecisionStep{Step: texts[i].Step, From: texts[i].From, To: texts[i].To, Detail: texts[i].Detail}
	}
	return steps
}

// windowsStatus names the windows that are open, and the one that opens or closes next; nil where there are no windows.
func (o *object) windowsStatus(d *engine.Decision, now time.Time) *v1alpha1.WindowsStatus {
	spec := &o.policy.Spec
	if len(spec.Windows) == 0 {
		return nil
	}
	status := &v1alpha1.WindowsStatus{}
	var next time.Time
	o.changes.follow(o.policy, now)
	for _, i := range d.OpenWindows {
		status.Open = append(status.Open, spec.Windows[i].Name)
	}
	for i := range spec.Windows {
		at, opens := o.changes.known[i].at, o.changes.known[i].opens
		if at.IsZero() || !next.IsZero() && !at.Before(next) {
			continue
		}
		next, status.Next = at, &v1alpha1.NextWindow{Name: spec.Windows[i].Name}
		if opens {
			status.Next.Start = &metav1.Time{Time: at}
		} else {
			status.Next.End = &metav1.Time{Time: at}
		}
	}
	return status
}
