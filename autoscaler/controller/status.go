package controller

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/policy"
)

// nextStatus returns the status after this tick. Fields that the tick has no value for are unchanged.
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
	o.reportConflicting(status, now)
	return status
}

func (o *object) condition(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time, condition metav1.Condition) {
	condition.ObservedGeneration = o.generation
	condition.Message = v1alpha1.TruncateMessage(condition.Message)
	condition.LastTransitionTime = metav1.NewTime(now)
	if previous := meta.FindStatusCondition(status.Conditions, condition.Type); previous != nil && previous.Status == condition.Status {
		condition.LastTransitionTime = previous.LastTransitionTime
	}
	meta.SetStatusCondition(&status.Conditions, condition)
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
	o.reportInactive(status, now, policy.Reason(o.rejected), "the target is not scaled: the spec is not accepted")
}

func (o *object) reportPaused(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	o.accept(status, now)
	o.reportInactive(status, now, v1alpha1.ReasonPaused, "the target is not scaled: spec.mode is Paused")
}

func (o *object) reportConflict(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	o.accept(status, now)
	o.reportInactive(status, now, v1alpha1.ReasonAmbiguousSelector, o.conflictMessage())
}

// reportInactive reports that the autoscaler does not decide, and removes the last decision.
func (o *object) reportInactive(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time, reason, message string) {
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionScalingActive, Status: metav1.ConditionFalse, Reason: reason, Message: message,
	})
	status.Decision, status.CurrentMetrics, status.Samples, status.Targets = nil, nil, nil, ""
}

func (o *object) reportUnreadable(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	o.accept(status, now)
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionAbleToScale, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonFailedGetScale, Message: o.scale.Err.Error(),
	})
	o.condition(status, now, metav1.Condition{
		Type: v1alpha1.ConditionScalingActive, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonFailedGetScale,
		Message: "the target is not scaled: " + o.scale.Err.Error(),
	})
}

func (o *object) reportDecision(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	spec, d := &o.policy.Spec, &o.decision
	o.accept(status, now)
	for _, condition := range explain.Conditions(spec, d) {
		o.condition(status, now, condition)
	}
	o.reportRecovered(status, now)
	status.Pods = podsStatus(d)
	status.CurrentReplicas, status.DesiredReplicas = d.Current, d.Desired
	status.Targets = explain.Targets(spec, d)
	status.CurrentMetrics, status.Samples = metricStatuses(o.policy.Metrics, spec, d), sampleStatuses(d)
	status.Decision = &v1alpha1.DecisionStatus{
		Time: metav1.NewTime(now), Desired: d.Desired, Reason: explain.Reason(spec, d), Steps: decisionSteps(spec, d),
	}
	status.Windows = o.windowsStatus(d, now)
	status.Batches = o.batches
	status.Shadow = nil
	if o.shadow() {
		status.Shadow = shadowStatus(d.Desired, o.comparison, o.compared)
	}
	if o.outcome.rescaled {
		status.LastScaleTime = &metav1.Time{Time: now}
	}
}

// reportRecovered sets the existing conditions MetricsStale and CapacityLimited to False, once new samples arrive and all replicas
// run or start.
func (o *object) reportRecovered(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	d := &o.decision
	recovered := func(kind string, verdict *engine.Verdict, reason, message string) {
		if verdict.Status == engine.False && meta.FindStatusCondition(status.Conditions, kind) != nil {
			o.condition(status, now, metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: reason, Message: message})
		}
	}
	recovered(v1alpha1.ConditionMetricsStale, &d.MetricsStale, v1alpha1.ReasonNewSamples, explain.StaleMessage(&o.policy.Spec, d))
	recovered(v1alpha1.ConditionCapacityLimited, &d.CapacityLimited, d.CapacityLimited.Reason, explain.CapacityMessage(d))
}

// podsStatus returns the pods of the decision; nil where they are unknown or the target has none.
func podsStatus(d *engine.Decision) *v1alpha1.PodsStatus {
	c := &d.Pods
	if c.Existing()+c.Ending == 0 {
		return nil
	}
	return &v1alpha1.PodsStatus{
		Serving: c.Serving, Starting: c.Starting, Late: c.Late, Lost: c.Lost, Blocked: c.Blocked, Ending: c.Ending,
		Draining: c.Draining, WithoutEndpoint: c.Outside,
	}
}
