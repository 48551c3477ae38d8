package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// markFraction bounds the time that a batch waits for marks on pods, as a fraction of a period.
const markFraction = 2

// mark sets the deletion costs of pods before a scale-in, so that the target's controller removes idle pods first. An error
// means that the scale-in must not happen, because it might remove busy pods. A scale-in that maxReplicas requires happens
// anyway.
func (c *Controller) mark(ctx context.Context, o *object) error {
	d := &o.decision
	if o.outcome.size == 0 || o.outcome.size >= d.Current || len(d.Costs) == 0 || slices.Max(d.Costs) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, max(time.Second, c.config.Period/markFraction))
	defer cancel()
	forced := d.Current > d.Max // then the costs also order the busy pods, because some of them may be removed
	err := c.deps.Pods.Mark(ctx, o.key.Namespace, o.observation.Pods, d.Costs, forced)
	if err != nil && forced {
		c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventFailedMarkPods,
			"Scaling in to at most %d replicas may remove busy pods: marking idle pods failed: %v", d.Max, err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("keeping %d replicas: busy pods might be removed instead of idle ones: %w", d.Current, err)
	}
	return nil
}
