package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// runWindows answers ScaleWindow objects. This version does not act on them, and says so on each: an object that is
// accepted by the API server and then ignored would be a floor that somebody counts on and does not have.
func (c *Controller) runWindows(ctx context.Context) {
	for {
		batch, open := due(c.windowQueue)
		if !open {
			return
		}
		for _, key := range batch {
			if err := c.refuseWindow(ctx, key); err != nil {
				klog.FromContext(ctx).Error(err, "The ScaleWindow's status was not written; trying again", "scaleWindow", key)
				c.windowQueue.AddAfter(key, c.config.Period)
			}
			c.windowQueue.Done(key)
		}
	}
}

func (c *Controller) refuseWindow(ctx context.Context, key cache.ObjectName) error {
	window, err := c.windows.ScaleWindows(key.Namespace).Get(key.Name)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading ScaleWindow %s: %w", key, err)
	}
	refusal := metav1.Condition{
		Type: v1alpha1.ConditionAccepted, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotSupported,
		ObservedGeneration: window.Generation,
		Message:            "this version does not act on ScaleWindow objects: write the window into spec.windows of each HorizontalAutoscaler",
	}
	answered := window.DeepCopy()
	answered.Status.ObservedGeneration = &answered.Generation
	meta.SetStatusCondition(&answered.Status.Conditions, refusal)
	if equality.Semantic.DeepEqual(window.Status, answered.Status) {
		return nil
	}
	_, err = c.parts.Client.AutoscalingV1alpha1().ScaleWindows(key.Namespace).UpdateStatus(ctx, answered, metav1.UpdateOptions{})
	if err != nil {
		return fmt.Errorf("writing the status of ScaleWindow %s: %w", key, err)
	}
	c.parts.Events.Event(answered, corev1.EventTypeWarning, refusal.Reason, refusal.Message)
	return nil
}
