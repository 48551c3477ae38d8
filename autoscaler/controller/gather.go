package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/target"
)

// gatherTimeout bounds what a batch waits for its reads, in deps of a period. A reading that has not come by then is
// unknown for this tick.
const gatherTimeout = 2

// gather reads what the batch needs: all scales, then the pods, then all metrics.
func (c *Controller) gather(ctx context.Context, batch []*object, now time.Time) {
	reading, cancel := context.WithTimeout(ctx, max(time.Second, c.config.Period/gatherTimeout))
	defer cancel()

	active := make([]*object, 0, len(batch))
	refs := make([]target.Ref, 0, len(batch))
	for _, o := range batch {
		if o.acts() {
			active = append(active, o)
			refs = append(refs, o.ref())
		}
	}
	for i, scale := range c.deps.Scales.Read(reading, refs) {
		active[i].scale = scale
	}
	c.readMetrics(ctx, reading, c.settle(ctx, active, now), now)
}

// readMetrics reads every metric of the batch in one call, so that equal questions are asked once.
func (c *Controller) readMetrics(ctx, reading context.Context, batch []*object, now time.Time) {
	var asked questions
	pods, readable := make([][]*corev1.Pod, len(batch)), make([]bool, len(batch))
	for i, o := range batch {
		if readable[i] = o.scale.Err == nil; !readable[i] {
			continue
		}
		o.seen = engine.Observation{SpecReplicas: o.scale.Replicas, StatusReplicas: o.scale.StatusReplicas}
		pods[i] = c.observePods(o)
		o.askMetrics(&asked, target.Containers(pods[i]))
		o.askBatches(&asked, now)
	}
	asked.answer(c.readHandlingEdges(ctx, reading, asked.requests, now))
	for i, o := range batch {
		if readable[i] && !o.outcome.settled { // meanwhile
			c.addRequests(o, pods[i])
		}
	}
}

func (c *Controller) observePods(o *object) []*corev1.Pod {
	selector, err := o.scale.PodSelector()
	if err != nil {
		o.seen.PodsProblem = err.Error()
		return nil
	}
	pods, err := c.podsOf(o, selector)
	if err != nil {
		o.seen.PodsProblem = err.Error()
		return nil
	}
	o.seen.Pods = target.Observe(pods)
	return pods
}

// podsOf gives the pods that the target owns; where that correction is off, all that match, and none where they are
// another autoscaler's too, as upstream does.
func (c *Controller) podsOf(o *object, selector labels.Selector) ([]*corev1.Pod, error) {
	if c.config.Defaults.Without&engine.OwnPods == 0 {
		return c.deps.Pods.Of(o.ref(), selector)
	}
	o.selector = selector
	pods, err := c.deps.Pods.Select(o.key.Namespace, selector)
	if err != nil {
		return nil, err
	}
	if other := c.alsoSelects(o, pods); other != "" {
		o.seen.PodsReason = v1alpha1.ReasonAmbiguousSelector
		return nil, fmt.Errorf("pods by selector %s are controlled by more than one autoscaler, also by %s", selector, other)
	}
	return pods, nil
}

// addRequests adds what the pods request, which a utilisation is a share of.
func (c *Controller) addRequests(o *object, pods []*corev1.Pod) {
	asSpecified := c.config.Defaults.Without&engine.ActuatedRequests != 0
	for m := range o.policy.Spec.Metrics {
		metric := &o.policy.Spec.Metrics[m]
		if metric.TargetType == engine.Utilization {
			reading := &o.seen.Readings[m]
			reading.Requests, reading.RequestsProblem = target.Requests(pods, corev1.ResourceName(metric.Name), metric.Container, asSpecified)
		}
	}
}
