package controller

import (
	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/explain"
)

// announceBatches records an event for each phase change of a batch.
func (c *Controller) announceBatches(o *object, previous []v1alpha1.BatchStatus) {
	if !o.outcome.decided {
		return
	}
	for i := range o.decision.Batches {
		p := &o.decision.Batches[i]
		after := batchStatus(&o.policy.Spec, p)
		before := batchOf(previous, after.Window)
		if before == nil || !before.Start.Equal(&after.Start) {
			before = &v1alpha1.BatchStatus{}
		}
		if kind, reason := phaseEvent(before, &after); reason != "" {
			c.deps.Events.Event(o.autoscaler, kind, reason, explain.BatchPhaseChange(&o.policy.Spec, p))
		}
		if after.BusyUnknown != "" && before.BusyUnknown == "" {
			c.deps.Events.Event(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventBusyUnknown, explain.BatchBusy(&o.policy.Spec, p))
		}
	}
}

// phaseEvent returns the event of a phase change; empty for none. A missed deadline has one event.
func phaseEvent(before, after *v1alpha1.BatchStatus) (kind, reason string) {
	switch {
	case after.Missed && !before.Missed:
		return corev1.EventTypeWarning, v1alpha1.ReasonDeadlineMissed
	case after.Phase == before.Phase:
		return "", ""
	case after.Phase == phases[batch.AtRisk]:
		return corev1.EventTypeWarning, v1alpha1.ReasonDeadlineAtRisk
	case after.Phase == phases[batch.Drained] && before.Phase != "":
		return corev1.EventTypeNormal, v1alpha1.EventBacklogDrained
	case after.Phase == phases[batch.OnTime] && before.Phase == phases[batch.AtRisk]:
		return corev1.EventTypeNormal, v1alpha1.EventDeadlineSafe
	default:
		return "", ""
	}
}
