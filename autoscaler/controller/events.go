package controller

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/explain"
)

// announce records an event for each thing that is new between two statuses: a rescale, a condition that turned bad, a
// metric that became unknown, a window's edge. What lasts is announced once, not at every tick.
func (c *Controller) announce(o *object, before, after *v1alpha1.HorizontalAutoscalerStatus) {
	if o.outcome.rescaled {
		made := o.decision
		made.Desired = o.outcome.size
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeNormal, v1alpha1.EventSuccessfulRescale,
			explain.Rescale(&o.policy.Spec, &made))
	}
	if o.outcome.writeErr != nil {
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventFailedRescale, o.outcome.writeErr.Error())
	}
	for _, kind := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionAbleToScale, v1alpha1.ConditionScalingActive} {
		c.announceCondition(o, meta.FindStatusCondition(before.Conditions, kind), meta.FindStatusCondition(after.Conditions, kind))
	}
	c.announceStale(o, before, after)
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
		return // wanted, not wrong
	}
	if after.Reason == v1alpha1.ReasonFailedUpdateScale {
		return // FailedRescale has told it
	}
	c.deps.Events.Event(o.autoscaler, corev1.EventTypeWarning, after.Reason, after.Message)
}

// announceStale records that newer samples have ceased to come, and that they come again.
func (c *Controller) announceStale(o *object, before, after *v1alpha1.HorizontalAutoscalerStatus) {
	was := meta.IsStatusConditionTrue(before.Conditions, v1alpha1.ConditionMetricsStale)
	is := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionMetricsStale)
	switch {
	case is == nil || was == (is.Status == metav1.ConditionTrue):
	case was:
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeNormal, v1alpha1.EventMetricsFresh, is.Message)
	default:
		c.deps.Events.Event(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventMetricsStale, is.Message)
	}
}

// announceMetrics tells of each metric that became unknown while others still carry the decision. Where none does,
// ScalingActive has told it.
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

func logFailedStatus(ctx context.Context, o *object, err error) {
	klog.FromContext(ctx).Error(err, "The status was not written; the next tick tries again", "autoscaler", o.key)
}
