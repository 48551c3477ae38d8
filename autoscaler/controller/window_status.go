package controller

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
	// countPause is how long the status of a ScaleWindow waits for more changes of what it holds for.
	countPause = time.Second
	// statusesInFlight bounds the statuses of ScaleWindows that are written at once.
	statusesInFlight = 4
)

// runWindowStatuses keeps the statuses of ScaleWindows up to date.
func (c *Controller) runWindowStatuses(ctx context.Context) {
	for {
		key, shutdown := c.windowStatuses.Get()
		if shutdown {
			return
		}
		if err := c.reportWindow(ctx, key); err != nil {
			klog.FromContext(ctx).Error(err, "The ScaleWindow's status was not written; trying again", "scaleWindow", key)
			c.windowStatuses.AddAfter(key, c.config.Period)
		}
		c.windowStatuses.Done(key)
	}
}

// reportWindow writes the status of a ScaleWindow where it has changed, and comes back at the window's next edge.
func (c *Controller) reportWindow(ctx context.Context, key cache.ObjectName) error {
	object, err := c.windows.ScaleWindows(key.Namespace).Get(key.Name)
	if err != nil {
		return ignoreGone(err)
	}
	w, refused := c.compileWindow(object)
	now := c.deps.Now()
	answered := object.DeepCopy()
	status := v1alpha1.ScaleWindowStatus{ObservedGeneration: &answered.Generation, Conditions: answered.Status.Conditions}
	conditions := refusedConditions(refused)
	if refused == nil {
		if conditions, err = c.describeWindow(&status, w, now); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(conditions, func(c metav1.Condition) bool { return c.Type == v1alpha1.ConditionApplied }) {
		meta.RemoveStatusCondition(&status.Conditions, v1alpha1.ConditionApplied)
	}
	for i := range conditions {
		conditions[i].ObservedGeneration, conditions[i].LastTransitionTime = object.Generation, metav1.NewTime(now)
		meta.SetStatusCondition(&status.Conditions, conditions[i])
	}
	answered.Status = status
	if !equality.Semantic.DeepEqual(object.Status, status) {
		_, err := c.deps.Client.AutoscalingV1alpha1().ScaleWindows(key.Namespace).UpdateStatus(ctx, answered, metav1.UpdateOptions{})
		if err != nil {
			return fmt.Errorf("writing the status of ScaleWindow %s: %w", key, err)
		}
		c.announceWindow(answered, object.Status.Conditions, conditions)
	}
	if next := status.NextChange; next != nil {
		c.windowStatuses.AddAfter(key, next.Sub(now))
	}
	return nil
}

func ignoreGone(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// describeWindow fills in what an accepted window does now, and gives its conditions.
func (c *Controller) describeWindow(status *v1alpha1.ScaleWindowStatus, w *policy.ScaleWindow, now time.Time) ([]metav1.Condition, error) {
	autoscalers := c.autoscalersOf(w)
	targets := len(autoscalers)
	for i := range w.Others {
		n, err := c.foreign.Count(w.Object.Namespace, &w.Others[i])
		if err != nil {
			return nil, fmt.Errorf("counting the targets of ScaleWindow %s: %w", w.Object.Name, err)
		}
		targets += n
	}
	count := int32(targets)
	status.Targets = &count
	_, open := w.Window.Open(now)
	status.Open = &open
	if next, _ := w.Window.Change(now); !next.IsZero() {
		status.NextChange = &metav1.Time{Time: next.UTC()}
	}
	conditions := []metav1.Condition{
		condition(v1alpha1.ConditionAccepted, metav1.ConditionTrue, v1alpha1.ReasonAccepted, "the spec is valid and all of it is supported"),
		effective(w, status, now),
		c.contradicted(w, autoscalers, now),
	}
	if applied, has := c.foreign.Condition(w); has {
		conditions = append(conditions, applied)
	}
	return conditions, nil
}

func refusedConditions(refused error) []metav1.Condition {
	if refused == nil {
		return nil
	}
	return []metav1.Condition{
		condition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, policy.Reason(refused), bounded(refused.Error())),
		condition(v1alpha1.ConditionEffective, metav1.ConditionFalse, v1alpha1.ReasonNotAccepted, "nothing is bounded, because the spec is not accepted"),
		condition(v1alpha1.ConditionConflicting, metav1.ConditionFalse, v1alpha1.ReasonNotAccepted, "nothing is bounded, because the spec is not accepted"),
	}
}

// effective says whether the window bounds anything, now or later.
func effective(w *policy.ScaleWindow, status *v1alpha1.ScaleWindowStatus, now time.Time) metav1.Condition {
	no := func(reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionEffective, metav1.ConditionFalse, reason, message)
	}
	last, _ := w.Window.Last(now)
	switch {
	case w.Window.Suspend:
		return no(v1alpha1.ReasonSuspended, "spec.suspend keeps the window closed")
	case !*status.Open && status.NextChange == nil && last.End.IsZero():
		return no(v1alpha1.ReasonExpired, "no occurrence of the window is left")
	case !*status.Open && status.NextChange == nil:
		return no(v1alpha1.ReasonExpired, "no occurrence of the window is left: the last one ended at "+last.End.Format(time.RFC3339))
	case *status.Targets == 0:
		return no(v1alpha1.ReasonNoTargets, "spec.targets selects no object of the namespace: check the names, or the labels that the selectors want")
	default:
		return condition(v1alpha1.ConditionEffective, metav1.ConditionTrue, v1alpha1.ReasonEffective, "the window bounds its targets whenever it is open")
	}
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

// announceWindow records an event for each condition that turned bad. What is wanted, or what ends as it should, is not told.
func (c *Controller) announceWindow(object *v1alpha1.ScaleWindow, before, after []metav1.Condition) {
	for i := range after {
		bad := metav1.ConditionFalse
		if after[i].Type == v1alpha1.ConditionConflicting {
			bad = metav1.ConditionTrue
		}
		was := meta.FindStatusCondition(before, after[i].Type)
		unchanged := was != nil && was.Status == after[i].Status && was.Reason == after[i].Reason && was.ObservedGeneration == object.Generation
		switch {
		case after[i].Status != bad, unchanged:
		case after[i].Reason == v1alpha1.ReasonSuspended, after[i].Reason == v1alpha1.ReasonNotAccepted:
		case after[i].Reason == v1alpha1.ReasonExpired && was != nil && was.ObservedGeneration == object.Generation:
		default:
			c.deps.Events.Event(object, corev1.EventTypeWarning, after[i].Reason, after[i].Message)
		}
	}
}
