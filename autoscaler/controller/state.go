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

// restoreAll reads what an earlier process has saved, and forgets the autoscalers that have been deleted since.
func (c *Controller) restoreAll(ctx context.Context) error {
	if err := c.deps.States.Load(ctx); err != nil {
		return err
	}
	all, err := c.autoscalers.List(labels.Everything())
	if err != nil {
		return err
	}
	known := make(map[types.UID]bool, len(all))
	for _, autoscaler := range all {
		known[autoscaler.UID] = true
	}
	c.deps.States.Retain(func(uid types.UID) bool { return known[uid] })
	return nil
}

// restoreState returns the state of an autoscaler that the loop meets for the first time: what was saved of it, or as much as its
// status tells.
func (c *Controller) restoreState(autoscaler *v1alpha1.HorizontalAutoscaler) engine.State {
	if state, known := c.deps.States.Restore(autoscaler.UID); known {
		return state
	}
	return engine.State{ScaledToZero: meta.IsStatusConditionTrue(autoscaler.Status.Conditions, v1alpha1.ConditionScaledToZero)}
}

// saveState has the states of a batch saved in time.
func (c *Controller) saveState(batch []*object) {
	for _, o := range batch {
		if o.outcome.decided {
			c.deps.States.Save(o.uid, &o.state, o.outcome.rescaled)
		}
	}
}

// forget drops an autoscaler that is gone.
func (c *Controller) forget(key cache.ObjectName) {
	if o := c.objects[key]; o != nil {
		c.deps.States.Delete(o.uid)
		c.last.forget(key)
		c.deps.Telemetry.batches.set(key, nil)
		delete(c.objects, key)
	}
}
