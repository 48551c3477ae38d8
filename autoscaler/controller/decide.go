package controller

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// decide asks the engine about each object that could be observed.
func (c *Controller) decide(batch []*object, now time.Time) {
	for _, o := range batch {
		if o.refused != nil || o.paused() || o.scale.Err != nil {
			continue
		}
		o.decision, o.state = engine.Decide(&o.policy.Spec, o.state, &o.seen, now)
		o.outcome.decided = true
	}
}

// restored is the state of an autoscaler that the loop meets for the first time, as far as its status tells it.
func restored(status *v1alpha1.HorizontalAutoscalerStatus) engine.State {
	return engine.State{ScaledToZero: meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionScaledToZero)}
}
