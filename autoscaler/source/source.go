package source

import (
	"context"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Request is one metric of one autoscaler, to be read now.
type Request struct {
	// Namespace of the autoscaler; nothing outside it is read, but for what a rule declares cluster-wide.
	Namespace string
	// Metric to read. Not nil.
	Metric *engine.Metric
	// Pods of the target, for Resource, ContainerResource and Pods metrics. The Reading's samples have the same index.
	Pods []engine.Pod
	// Containers names, by the index of Pods, the containers whose use makes up the pod's: its regular containers and its
	// sidecars. A pod counts as missing while one of them has no sample. Where it is nil, those that have samples count.
	Containers [][]string
	// PodSelector selects the pods through the metrics APIs, in the string form of a label selector.
	PodSelector string
}

// Source reads metrics.
type Source interface {
	// Read gives one Reading for each request, by the same index. It returns when all are known or ctx is done; what could
	// not be read in time has a Problem that says so, and never fails its neighbours. Requests and RequestsProblem of a
	// Reading are left to the caller. now is the time against which ages are judged.
	Read(ctx context.Context, requests []Request, now time.Time) []engine.Reading
}
