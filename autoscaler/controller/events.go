package controller

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/explain"
)

// announce records an event for each difference between two statuses: a rescale, a condition that became False, a metric that
// became unknown, a window edge. A condition that lasts has one event.
func (c *Controller) announce(o *object, before, after *v1alpha1.HorizontalAutoscalerStatus) {
	if o.outcome.rescaled {
		applied := o.decision
		applied.Desired = o.outcome.size
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeNormal, v1alpha1.EventSuccessfulRescale,
			explain.Rescale(&o.policy.Spec, &applied))
	}
	if o.outcome.writeErr != nil {
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventFailedRescale, o.outcome.writeErr.Error())
	}
	for _, kind := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionAbleToScale, v1alpha1.ConditionScalingActive} {
		c.announceCondition(o, meta.FindStatusCondition(before.Conditions, kind), meta.FindStatusCondition(after.Conditions, kind))
	}
	c.announceFault(o, before, after, v1alpha1.ConditionMetricsStale, v1alpha1.EventMetricsStale, v1alpha1.EventMetricsFresh)
	c.announceFault(o, before, after, v1alpha1.ConditionCapacityLimited, v1alpha1.EventCapacityLimited, v1alpha1.EventCapacityAvailable)
	c.announceOtherWriter(o, before, after)
	c.announceMetrics(o, before, after)
	c.announceBatches(o, before.Batches)
	c.announceWindows(o, after.Windows)
}

func (c *Controller) announceCondition(o *object, before, after *metav1.Condition) {
	if after == nil || after.Status != metav1.ConditionFalse {
		return
	}
	if before != nil && before.Status == after.Status && before.Reason == after.Reason {
		return
	}
	if after.Reason == v1alpha1.ReasonPaused || after.Reason == v1alpha1.ReasonScalingDisabled {
		return // intended
	}
	if after.Reason == v1alpha1.ReasonFailedUpdateScale {
		return // it has the event FailedRescale
	}
	if after.Reason == v1alpha1.ReasonFailedGetScale && after.Type == v1alpha1.ConditionScalingActive {
		return // AbleToScale has the event, with the cause
	}
	c.deps.Events.Event(o.autoscaler, corev1.EventTypeWarning, after.Reason, after.Message)
}

// announceFault records that a condition became True, such as that no newer samples of a metric arrive, and that it ended.
func (c *Controller) announceFault(o *object, before, after *v1alpha1.HorizontalAutoscalerStatus, kind, begins, ends string) {
	was := meta.IsStatusConditionTrue(before.Conditions, kind)
	now := meta.FindStatusCondition(after.Conditions, kind)
	switch {
	case now == nil || was == (now.Status == metav1.ConditionTrue):
	case was:
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeNormal, ends, now.Message)
	default:
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeWarning, begins, now.Message)
	}
}

// announceOtherWriter records the begin and the end of a conflict with another writer, and its name where that was unknown at the
// begin. A conflict with another autoscaler has the event
// of ScalingActive.
func (c *Controller) announceOtherWriter(o *object, before, after *v1alpha1.HorizontalAutoscalerStatus) {
	previous := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionConflicting)
	current := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionConflicting)
	switch {
	case reported(current) && (!reported(previous) || unnamed(previous) && !unnamed(current)):
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventConflicting, current.Message)
	case reported(previous) && current.Status == metav1.ConditionFalse:
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeNormal, v1alpha1.EventConflictEnded, current.Message)
	}
}

func reported(condition *metav1.Condition) bool {
	return condition != nil && condition.Status == metav1.ConditionTrue && condition.Reason == v1alpha1.ReasonOtherWriter
}

// unnamed reports whether the message of the condition lacks the name of the other writer.
func unnamed(condition *metav1.Condition) bool {
	return strings.HasPrefix(condition.Message, unknownWriter)
}

// announceMetrics records each metric that became unknown while other metrics have proposals. Without any proposal,
// ScalingActive is False and has the event.
func (c *Controller) announceMetrics(o *object, before, after *v1alpha1.HorizontalAutoscalerStatus) {
	if !o.outcome.decided || o.decision.Failed {
		return
	}
	for i := range after.Samples {
		unknown := after.Samples[i].Unknown
		wasKnown := i >= len(before.Samples) || before.Samples[i].Unknown == ""
		if unknown != "" && wasKnown && i < len(o.decision.Proposals) {
			m := &o.policy.Spec.Metrics[i]
			c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeWarning, o.decision.Proposals[i].Code, "%s is unknown: %s", m.Name+m.Query, unknown)
		}
	}
}
