package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/autoscaler/target"
)

// gatherFraction bounds the time that a batch waits for its reads, as a fraction of a period. A reading that is late is unknown
// in this tick.
const gatherFraction = 2

// batchInactive is the problem of the readings of a batch without work.
const batchInactive = "not requested: the window is closed and no work of its last occurrence is left"

// gather reads the inputs of the batch: all scales, then the pods, then all metrics.
func (c *Controller) gather(ctx context.Context, batch []*object, now time.Time) {
	reading, cancel := context.WithTimeout(ctx, c.readTimeout())
	defer cancel()

	active := make([]*object, 0, len(batch))
	refs := make([]target.Ref, 0, len(batch))
	for _, o := range batch {
		if o.acts() {
			active = append(active, o)
			refs = append(refs, o.ref())
		}
	}
	if len(refs) == 0 {
		return
	}
	var scales []target.Scale
	c.whileHandlingEdges(ctx, func() { scales = c.deps.Scales.Read(reading, refs) })
	read := active[:0]
	for i, o := range active {
		if !o.outcome.settled { // by a window edge during the read
			o.scale = scales[i]
			read = append(read, o)
		}
	}
	c.readMetrics(ctx, reading, c.settle(read, now), now)
}

func (c *Controller) readTimeout() time.Duration {
	return max(time.Second, c.config.Period/gatherFraction)
}

// readMetrics reads all metrics of the batch in one call, so that the source sends equal queries once.
func (c *Controller) readMetrics(ctx, reading context.Context, batch []*object, now time.Time) {
	requests := metricRequests{requests: make([]source.Request, 0, len(batch)), readings: make([]*engine.Reading, 0, len(batch))}
	pods, readable, first := make([][]*target.Pod, len(batch)), make([]bool, len(batch)), make([]int, len(batch))
	for i, o := range batch {
		if readable[i] = o.scale.Err == nil; !readable[i] {
			continue
		}
		o.observation = engine.Observation{
			SpecReplicas: o.scale.Replicas, StatusReplicas: o.scale.StatusReplicas, Refused: o.scale.Refused, Ordered: o.scale.Ordered,
		}
		if o.scale.Refused != "" {
			o.observation.QuotaHasRoom = c.deps.ResourceQuotas.HaveRoom(o.key.Namespace, o.scale.Refused)
		}
		pods[i] = c.observePods(o)
		first[i] = len(requests.requests)
		o.requestMetrics(&requests, target.Containers(pods[i]))
		o.requestBatches(&requests, now)
	}
	var readings []engine.Reading
	if len(requests.requests) == 0 {
		return
	}
	c.whileHandlingEdges(ctx, func() { readings = c.deps.Source.Read(reading, requests.requests, now) })
	requests.store(readings)
	for i, o := range batch {
		if readable[i] && !o.outcome.settled { // by a window edge during the read
			o.requests = requests.requests[first[i] : first[i]+len(o.policy.Spec.Metrics)]
			c.addRequests(o, pods[i])
		}
	}
}

// metricRequests are the requests of a batch, and the readings in which their results are stored.
type metricRequests struct {
	requests []source.Request
	readings []*engine.Reading
}

func (m *metricRequests) add(request source.Request, reading *engine.Reading) {
	m.requests, m.readings = append(m.requests, request), append(m.readings, reading)
}

func (m *metricRequests) store(readings []engine.Reading) {
	for i := range readings {
		*m.readings[i] = readings[i]
	}
}

// requestMetrics requests the metrics of an autoscaler.
func (o *object) requestMetrics(m *metricRequests, containers [][]string) {
	spec := &o.policy.Spec
	o.observation.Readings = make([]engine.Reading, len(spec.Metrics))
	for i := range spec.Metrics {
		m.add(source.Request{
			Namespace: o.key.Namespace, Metric: &spec.Metrics[i],
			Pods: o.observation.Pods, Containers: containers, PodSelector: o.scale.Selector,
		}, &o.observation.Readings[i])
	}
}

// requestBatches requests the metrics of the batches of an autoscaler that are active.
func (o *object) requestBatches(m *metricRequests, now time.Time) {
	spec := &o.policy.Spec
	o.observation.Batches = make([]engine.BatchReading, len(spec.Batches))
	for i := range spec.Batches {
		b, reading := &spec.Batches[i], &o.observation.Batches[i]
		if !spec.BatchActive(i, &o.state, now) {
			for _, r := range []*engine.Reading{&reading.Backlog, &reading.Arrivals, &reading.Throughput, &reading.Busy} {
				r.Problem = batchInactive
			}
			continue
		}
		m.add(source.Request{Namespace: o.key.Namespace, Metric: &b.Backlog}, &reading.Backlog)
		if b.Arrivals.Exists() {
			m.add(source.Request{Namespace: o.key.Namespace, Metric: &b.Arrivals}, &reading.Arrivals)
		}
		if b.Throughput.Exists() {
			m.add(source.Request{Namespace: o.key.Namespace, Metric: &b.Throughput}, &reading.Throughput)
		}
		if b.Busy.Exists() && len(o.observation.Pods) > 0 {
			m.add(source.Request{Namespace: o.key.Namespace, Metric: &b.Busy, Pods: o.observation.Pods, PodSelector: o.scale.Selector}, &reading.Busy)
		}
	}
}

func (c *Controller) observePods(o *object) []*target.Pod {
	selector, err := o.scale.PodSelector()
	if err != nil {
		o.observation.PodsProblem = err.Error()
		return nil
	}
	pods, err := c.podsOf(o, selector)
	if err != nil {
		o.observation.PodsProblem = err.Error()
		return nil
	}
	o.observation.Pods = target.Observe(pods)
	if s := o.policy.Spec.Serving; s != nil {
		o.observation.EndpointsProblem = c.deps.Endpoints.Observe(o.key.Namespace, s.Service, o.observation.Pods)
	}
	o.observation.BlockedBy = target.BlockedBy(pods, o.observation.Pods)
	return pods
}

// podsOf returns the pods that the target owns. Without that correction, it returns all that the selector matches, and an error
// if one of them is also another autoscaler's, as kube-controller-manager does.
func (c *Controller) podsOf(o *object, selector labels.Selector) ([]*target.Pod, error) {
	if c.config.Defaults.Without&engine.OwnPods == 0 {
		return c.deps.Pods.Of(o.ref(), selector), nil
	}
	o.selector = selector
	pods := c.deps.Pods.Select(o.key.Namespace, selector)
	if other := c.alsoSelects(o, pods); other != "" {
		o.observation.PodsReason = v1alpha1.ReasonAmbiguousSelector
		return nil, fmt.Errorf("pods by selector %s are controlled by more than one autoscaler, also by %s", selector, other)
	}
	return pods, nil
}

// addRequests adds the resource requests of the pods to the readings of utilization metrics.
func (c *Controller) addRequests(o *object, pods []*target.Pod) {
	asSpecified := c.config.Defaults.Without&engine.ActuatedRequests != 0
	for m := range o.policy.Spec.Metrics {
		metric := &o.policy.Spec.Metrics[m]
		if metric.TargetType == engine.Utilization {
			reading := &o.observation.Readings[m]
			reading.Requests, reading.RequestsProblem = target.Requests(pods, corev1.ResourceName(metric.Name), metric.Container, asSpecified)
		}
	}
}
