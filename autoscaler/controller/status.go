package controller

import (
	"context"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/policy"
)

// nextStatus is the status after this tick. What the tick did not learn stays as it was.
func (o *object) nextStatus(now time.Time) *v1alpha1.HorizontalAutoscalerStatus {
	status := o.status.DeepCopy()
	status.Reference = o.ref().String()
	generation := o.generation
	status.ObservedGeneration = &generation
	switch {
	case o.rejected != nil:
		o.reportRejected(status, now)
	case o.paused():
		o.reportPaused(status, now)
	case o.conflict != "":
		o.reportConflict(status, now)
	case !o.outcome.decided:
		o.reportUnreadable(status, now)
	default:
		o.reportDecision(status, now)
	}
	return status
}

func (o *object) condition(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time, condition metav1.Condition) {
	condition.ObservedGeneration = o.generation
	condition.Message = bounded(condition.Message)
	condition.LastTransitionTime = metav1.NewTime(now)
	if had := meta.FindStatusCondition(status.Conditions, condition.Type); had != nil && had.Status == condition.Status {
		condition.LastTransitionTime = had.LastTransitionTime
	}
	meta.SetStatusCondition(&status.Conditions, condition)
}

// bounded keeps a message within the 32,768 bytes that the API server takes of a condition's.
func bounded(message string) string {
	const most = 30_000
	if len(message) <= most {
		return message
	}
	return strings.ToValidUTF8(message[:most], "") + "…"
}

func (o *object) accept(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionAccepted, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonAccepted,
		Message: "the spec is valid and all of it is supported",
	})
}

func (o *object) reportRejected(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionAccepted, Status: metav1.ConditionFalse, Reason: policy.Reason(o.rejected), Message: o.rejected.Error(),
	})
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionScalingActive, Status: metav1.ConditionFalse, Reason: policy.Reason(o.rejected),
		Message: "the target is left as it is, because the spec is not accepted",
	})
	status.Decision, status.CurrentMetrics, status.Samples, status.Targets = nil, nil, nil, ""
}

func (o *object) reportPaused(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	o.accept(status, now)
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionScalingActive, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonPaused,
		Message: "spec.mode is Paused: the target is left as it is",
	})
	status.Decision, status.CurrentMetrics, status.Samples, status.Targets = nil, nil, nil, ""
}

func (o *object) reportConflict(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	o.accept(status, now)
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionScalingActive, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonAmbiguousSelector,
		Message: o.ref().String() + " is also the target of the HorizontalAutoscaler " + o.conflict +
			": neither scales it. Delete one of them, or set its spec.mode to Shadow",
	})
	status.Decision, status.CurrentMetrics, status.Samples, status.Targets = nil, nil, nil, ""
}

func (o *object) reportUnreadable(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	o.accept(status, now)
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionAbleToScale, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonFailedGetScale, Message: o.scale.Err.Error(),
	})
}

func (o *object) reportDecision(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	spec, d := &o.policy.Spec, &o.decision
	o.accept(status, now)
	for _, condition := range explain.Conditions(spec, d) {
		o.condition(status, now, condition)
	}
	o.reportFresh(status, now)
	status.CurrentReplicas, status.DesiredReplicas = d.Current, d.Desired
	status.Targets = explain.Targets(spec, d)
	status.CurrentMetrics, status.Samples = metricStatuses(o.policy.Metrics, spec, d), sampleStatuses(d)
	status.Decision = &v1alpha1.DecisionStatus{
		Time: metav1.NewTime(now), Desired: d.Desired, Reason: explain.Reason(spec, d), Steps: decisionSteps(spec, d),
	}
	status.Windows = o.windowsStatus(d, now)
	status.Batches = batchStatuses(status.Batches, spec, d)
	status.Shadow = nil
	if o.shadow() {
		status.Shadow = &v1alpha1.ShadowStatus{DesiredReplicas: d.Desired}
	}
	if o.outcome.rescaled {
		status.LastScaleTime = &metav1.Time{Time: now}
	}
}

// reportFresh ends the condition MetricsStale once new samples come, where there is one.
func (o *object) reportFresh(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	d := &o.decision
	if d.MetricsStale.Status == engine.False && meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionMetricsStale) != nil {
		o.condition(status, now, metav1.Condition{
			Type: v1alpha1.ConditionMetricsStale, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNewSamples,
			Message: explain.StaleMessage(&o.policy.Spec, d),
		})
	}
}

// worthWriting says whether a status must be written now. At ten thousand autoscalers, writing each moved value at each
// tick would cost more than all the rest, so values alone wait for the status period.
func (c *Controller) worthWriting(o *object, before, after *v1alpha1.HorizontalAutoscalerStatus, now time.Time) bool {
	if !equality.Semantic.DeepEqual(essence(before), essence(after)) {
		return true
	}
	return now.Sub(o.statusTime) >= c.config.StatusPeriod && !equality.Semantic.DeepEqual(before, after)
}

// essence is a status without the values that move at every tick.
func essence(status *v1alpha1.HorizontalAutoscalerStatus) *v1alpha1.HorizontalAutoscalerStatus {
	kept := status.DeepCopy()
	kept.Targets = ""
	kept.CurrentMetrics = nil
	for i := range kept.Samples {
		kept.Samples[i].SampleTime = nil
	}
	if kept.Decision != nil {
		kept.Decision.Time, kept.Decision.Reason, kept.Decision.Steps = metav1.Time{}, "", nil
	}
	for i := range kept.Batches {
		b := &kept.Batches[i]
		*b = v1alpha1.BatchStatus{
			Window: b.Window, Phase: b.Phase, Start: b.Start, Deadline: b.Deadline, Missed: b.Missed, Left: b.Left, Unknown: b.Unknown,
			BusyUnknown: b.BusyUnknown,
		}
	}
	for i := range kept.Conditions {
		kept.Conditions[i].Message = ""
	}
	return kept
}

// writeStatus writes the status on the newest version of the object, unless its spec has moved on: then the wake-up that
// the new generation caused will write a better one.
func (c *Controller) writeStatus(ctx context.Context, o *object, status *v1alpha1.HorizontalAutoscalerStatus) error {
	client := c.deps.Client.AutoscalingV1alpha1().HorizontalAutoscalers(o.key.Namespace)
	latest := o.autoscaler.DeepCopy()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if latest.UID != o.uid || latest.Generation != o.generation {
			return nil
		}
		latest.Status = *status
		_, err := client.UpdateStatus(ctx, latest, metav1.UpdateOptions{})
		if apierrors.IsConflict(err) {
			if newer, getErr := client.Get(ctx, o.key.Name, metav1.GetOptions{}); getErr == nil {
				latest = newer
			}
		}
		return err
	})
	if apierrors.IsNotFound(err) {
		return nil // deleted meanwhile
	}
	return err
}
