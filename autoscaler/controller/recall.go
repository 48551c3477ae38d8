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

// recallAll reads what an earlier process has saved, and forgets the autoscalers that have been deleted since.
func (c *Controller) recallAll(ctx context.Context) error {
	if err := c.parts.States.Load(ctx); err != nil {
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
	c.parts.States.Retain(func(uid types.UID) bool { return known[uid] })
	return nil
}

// recall is the state of an autoscaler that the loop meets for the first time: what was saved of it, or as much as its
// status tells.
func (c *Controller) recall(autoscaler *v1alpha1.HorizontalAutoscaler) engine.State {
	if state, known := c.parts.States.Restore(autoscaler.UID); known {
		return state
	}
	return engine.State{ScaledToZero: meta.IsStatusConditionTrue(autoscaler.Status.Conditions, v1alpha1.ConditionScaledToZero)}
}

// note has the states of a batch saved in time.
func (c *Controller) note(batch []*object) {
	for _, o := range batch {
		if o.outcome.decided {
			c.parts.States.Save(o.uid, &o.state, o.outcome.rescaled)
		}
	}
}

// forget drops an autoscaler that is gone.
func (c *Controller) forget(key cache.ObjectName) {
	if o := c.objects[key]; o != nil {
		c.parts.States.Delete(o.uid)
		c.last.forget(key)
		c.parts.Telemetry.batches.set(key, nil)
		delete(c.objects, key)
	}
}
