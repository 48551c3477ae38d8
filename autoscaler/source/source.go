package source

import (
	"context"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Request is one metric of one autoscaler, to be read now.
type Request struct {
	// Namespace of the autoscaler. Other namespaces are not read, except for rules with cluster scope.
	Namespace string
	// Metric to read. Not nil.
	Metric *engine.Metric
	// Pods of the target, for Resource, ContainerResource and Pods metrics. The Reading's samples have the same index.
	Pods []engine.Pod
	// Containers names the containers whose usage is the pod's, by the index of Pods: regular containers and sidecars. A pod is
	// missing while one of them has no sample. Where it is nil, the containers with samples count.
	Containers [][]string
	// PodSelector selects the pods in the metrics APIs, in the string form of a label selector.
	PodSelector string

	// samples is memory for the samples of the Reading; nil to allocate.
	samples []engine.Sample
}

// Source reads metrics.
type Source interface {
	// Read returns one Reading per request, by the same index, when all are read or ctx is done. A metric that is not read in time
	// has a Problem, and does not affect the others. The caller sets Requests and RequestsProblem of a Reading. now is the time
	// that ages are relative to.
	Read(ctx context.Context, requests []Request, now time.Time) []engine.Reading
}
