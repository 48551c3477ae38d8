package controller

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/source"
)

// unworked is why there is no reading for a batch that is not worked for.
const unworked = "not asked for: the window is not open, and nothing is left of its last occurrence"

// questions are requests, and where the answer to each goes.
type questions struct {
	requests []source.Request
	into     []*engine.Reading
}

func (q *questions) ask(request source.Request, into *engine.Reading) {
	q.requests, q.into = append(q.requests, request), append(q.into, into)
}

func (q *questions) answer(readings []engine.Reading) {
	for i := range readings {
		*q.into[i] = readings[i]
	}
}

// askMetrics asks for the metrics of an autoscaler.
func (o *object) askMetrics(q *questions, containers [][]string) {
	spec := &o.policy.Spec
	o.seen.Readings = make([]engine.Reading, len(spec.Metrics))
	for i := range spec.Metrics {
		q.ask(source.Request{
			Namespace: o.key.Namespace, Metric: &spec.Metrics[i],
			Pods: o.seen.Pods, Containers: containers, PodSelector: o.scale.Selector,
		}, &o.seen.Readings[i])
	}
}

// askBatches asks for what the batches of an autoscaler are planned with, but for those that are not worked for.
func (o *object) askBatches(q *questions, now time.Time) {
	spec := &o.policy.Spec
	o.seen.Batches = make([]engine.BatchReading, len(spec.Batches))
	for i := range spec.Batches {
		b, read := &spec.Batches[i], &o.seen.Batches[i]
		if !spec.BatchActive(i, &o.state, now) {
			read.Backlog.Problem, read.Arrivals.Problem, read.Throughput.Problem, read.Busy.Problem = unworked, unworked, unworked, unworked
			continue
		}
		q.ask(source.Request{Namespace: o.key.Namespace, Metric: &b.Backlog}, &read.Backlog)
		if b.Arrivals.Exists() {
			q.ask(source.Request{Namespace: o.key.Namespace, Metric: &b.Arrivals}, &read.Arrivals)
		}
		if b.Throughput.Exists() {
			q.ask(source.Request{Namespace: o.key.Namespace, Metric: &b.Throughput}, &read.Throughput)
		}
		if b.Busy.Exists() && len(o.seen.Pods) > 0 {
			q.ask(source.Request{Namespace: o.key.Namespace, Metric: &b.Busy, Pods: o.seen.Pods, PodSelector: o.scale.Selector}, &read.Busy)
		}
	}
}
