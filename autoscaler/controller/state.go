package controller

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// restoreAll reads the saved states, and deletes those of autoscalers that no longer exist.
func (c *Controller) restoreAll(ctx context.Context) error {
	if err := c.deps.States.Load(ctx); err != nil {
		return err
	}
	all, err := c.autoscalers.List(labels.Everything())
	if err != nil {
		return err
	}
	exists := make(map[types.UID]bool, len(all))
	for _, autoscaler := range all {
		exists[autoscaler.UID] = true
	}
	c.deps.States.Retain(func(uid types.UID) bool { return exists[uid] })
	return nil
}

// restoreState returns the initial state of an autoscaler: the saved one, or the part of it that the status has.
func (c *Controller) restoreState(autoscaler *v1alpha1.HorizontalAutoscaler) engine.State {
	if state, found := c.deps.States.Restore(autoscaler.UID); found {
		return state
	}
	return engine.State{ScaledToZero: meta.IsStatusConditionTrue(autoscaler.Status.Conditions, v1alpha1.ConditionScaledToZero)}
}

// deleteObject deletes all about an autoscaler that no longer exists.
func (c *Controller) deleteObject(key cache.ObjectName) {
	if o := c.objects[key]; o != nil {
		c.deps.States.Delete(o.uid)
		c.dropObject(o)
	}
}

// dropObject deletes all about an autoscaler but its saved state.
func (c *Controller) dropObject(o *object) {
	c.last.delete(o.key)
	c.statuses.drop(o.key)
	c.wakes.drop(o.key)
	c.deps.Telemetry.batches.set(o.key, nil)
	c.deps.Telemetry.pods.set(o.key, nil)
	c.deps.Telemetry.shadows.set(o.key, nil)
	delete(c.objects, o.key)
}
