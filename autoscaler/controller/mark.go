package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// marksTimeout bounds how long a batch waits for marks on pods, in deps of a period.
const marksTimeout = 2

// mark tells the target's controller which pods are to go first, before some do. An error says that they must not go now: it
// would take those away that work. Where a bound is what takes them, they go all the same, because bounds hold.
func (c *Controller) mark(ctx context.Context, o *object) error {
	d := &o.decision
	if o.outcome.size == 0 || o.outcome.size >= d.Current || len(d.Costs) == 0 || slices.Max(d.Costs) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, max(time.Second, c.config.Period/marksTimeout))
	defer cancel()
	forced := d.Current > d.Max // then it matters how busy those are that work, because some of them may go
	err := c.deps.Pods.Mark(ctx, o.key.Namespace, o.observation.Pods, d.Costs, forced)
	if err != nil && forced {
		c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventFailedMarkPods,
			"At most %d replicas are allowed, so some pods go without regard to what they work on: %v", d.Max, err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%d replicas are kept, because pods that work might go instead of idle ones: %w", d.Current, err)
	}
	return nil
}
