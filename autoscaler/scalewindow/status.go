package scalewindow

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

const (
	// statusDelay is how long a status update waits for more changes of the window's targets.
	statusDelay = time.Second
	// concurrentStatuses bounds the concurrent status updates.
	concurrentStatuses = 4
)

// syncStatuses keeps the statuses of ScaleWindows up to date.
func (c *Controller) syncStatuses(ctx context.Context) {
	for {
		key, shutdown := c.statuses.Get()
		if shutdown {
			return
		}
		if err := c.syncStatus(ctx, key); err != nil {
			klog.FromContext(ctx).Error(err, "Failed to update ScaleWindow status; will retry", "scaleWindow", key, "retryAfter", c.config.RetryPeriod)
			c.statuses.AddAfter(key, c.config.RetryPeriod)
		}
		c.statuses.Done(key)
	}
}

// syncStatus updates the status of a ScaleWindow if it has changed, and schedules the next update at the window's next edge.
func (c *Controller) syncStatus(ctx context.Context, key cache.ObjectName) error {
	object, err := c.windows.ScaleWindows(key.Namespace).Get(key.Name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	now := c.deps.Now()
	updated := object.DeepCopy()
	conditions := c.nextStatus(updated, now)
	if !equality.Semantic.DeepEqual(object.Status, updated.Status) {
		_, err := c.deps.Client.AutoscalingV1alpha1().ScaleWindows(key.Namespace).UpdateStatus(ctx, updated, metav1.UpdateOptions{})
		if err != nil {
			return fmt.Errorf("updating the status of ScaleWindow %s: %w", key, err)
		}
		c.recordEvents(updated, object.Status.Conditions, conditions)
	}
	if next := updated.Status.NextChange; next != nil {
		c.statuses.AddAfter(key, next.Sub(now))
	}
	return nil
}

// nextStatus sets the status of object and returns its conditions.
func (c *Controller) nextStatus(object *v1alpha1.ScaleWindow, now time.Time) []metav1.Condition {
	w, rejected := c.compile(object, c.namespaces.Load())
	status := v1alpha1.ScaleWindowStatus{ObservedGeneration: &object.Generation, Conditions: object.Status.Conditions}
	conditions := rejectedConditions(rejected)
	if rejected == nil {
		conditions = c.acceptedStatus(&status, w, now)
	}
	if !slices.ContainsFunc(conditions, func(c metav1.Condition) bool { return c.Type == v1alpha1.ConditionApplied }) {
		meta.RemoveStatusCondition(&status.Conditions, v1alpha1.ConditionApplied)
	}
	for i := range conditions {
		conditions[i].ObservedGeneration, conditions[i].LastTransitionTime = object.Generation, metav1.NewTime(now)
		meta.SetStatusCondition(&status.Conditions, conditions[i])
	}
	object.Status = status
	return conditions
}

// acceptedStatus sets the fields of the status of an accepted window, and returns its conditions.
func (c *Controller) acceptedStatus(status *v1alpha1.ScaleWindowStatus, w *policy.ScaleWindow, now time.Time) []metav1.Condition {
	autoscalers := c.autoscalersOf(w)
	targets := len(autoscalers)
	for i := range w.Others {
		targets += c.overrider.count(w.Object.Namespace, &w.Others[i])
	}
	status.Targets = new(int32(targets))
	_, open := w.Window.Open(now)
	status.Open = &open
	if next, _ := w.Window.Change(now); !next.IsZero() {
		status.NextChange = &metav1.Time{Time: next.UTC()}
	}
	conditions := []metav1.Condition{
		condition(v1alpha1.ConditionAccepted, metav1.ConditionTrue, v1alpha1.ReasonAccepted, "the spec is valid and all of it is supported"),
		effective(w, status, now),
		c.conflicting(w, autoscalers, now),
	}
	if len(w.Others) > 0 {
		conditions = append(conditions, c.overrider.applied(w))
	}
	return conditions
}

func rejectedConditions(rejected error) []metav1.Condition {
	if rejected == nil {
		return nil
	}
	const message = "the window sets no bounds: the spec is not accepted"
	return []metav1.Condition{
		condition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, policy.Reason(rejected), v1alpha1.TruncateMessage(rejected.Error())),
		condition(v1alpha1.ConditionEffective, metav1.ConditionFalse, v1alpha1.ReasonNotAccepted, message),
		condition(v1alpha1.ConditionConflicting, metav1.ConditionFalse, v1alpha1.ReasonNotAccepted, message),
	}
}

// effective returns the condition Effective: whether the window sets bounds of any target, now or later.
func effective(w *policy.ScaleWindow, status *v1alpha1.ScaleWindowStatus, now time.Time) metav1.Condition {
	no := func(reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionEffective, metav1.ConditionFalse, reason, message)
	}
	last, _ := w.Window.Last(now)
	switch {
	case w.Window.Suspend:
		return no(v1alpha1.ReasonSuspended, "the window is suspended: spec.suspend is true")
	case !*status.Open && status.NextChange == nil && last.End.IsZero():
		return no(v1alpha1.ReasonExpired, "the window has no further occurrence")
	case !*status.Open && status.NextChange == nil:
		return no(v1alpha1.ReasonExpired, "the window has no further occurrence: the last one ended at "+last.End.Format(time.RFC3339))
	case *status.Targets == 0:
		return no(v1alpha1.ReasonNoTargets, "spec.targets selects no object in the namespace: check the names, or the labels of the selectors")
	default:
		return condition(v1alpha1.ConditionEffective, metav1.ConditionTrue, v1alpha1.ReasonEffective, "the window sets the bounds of its targets while it is open")
	}
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

// recordEvents records an event for each condition that has become a problem. Suspension is intended, and the end of the last
// occurrence is expected: neither is a problem.
func (c *Controller) recordEvents(object *v1alpha1.ScaleWindow, before, after []metav1.Condition) {
	for i := range after {
		problem := metav1.ConditionFalse
		if after[i].Type == v1alpha1.ConditionConflicting {
			problem = metav1.ConditionTrue
		}
		previous := meta.FindStatusCondition(before, after[i].Type)
		sameGeneration := previous != nil && previous.ObservedGeneration == object.Generation
		unchanged := sameGeneration && previous.Status == after[i].Status && previous.Reason == after[i].Reason
		switch {
		case after[i].Status != problem, unchanged:
		case after[i].Reason == v1alpha1.ReasonSuspended, after[i].Reason == v1alpha1.ReasonNotAccepted:
		case after[i].Reason == v1alpha1.ReasonExpired && sameGeneration:
		default:
			c.deps.Events.Event(object, corev1.EventTypeWarning, after[i].Reason, after[i].Message)
		}
	}
}
