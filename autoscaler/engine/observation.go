package engine

import "time"

// Phase of a pod's life, as far as it matters here.
type Phase uint8

// The phases.
const (
	Pending Phase = iota + 1
	Running
	Succeeded
	Failed
	// PhaseUnknown is what a lost node's pods had, long ago. They count as running, but never as ready.
	PhaseUnknown
)

// Readiness is a pod's Ready condition.
type Readiness uint8

// The states of the Ready condition. NoReadyCondition: the pod has none.
const (
	NoReadyCondition Readiness = iota
	Ready
	NotReady
	ReadyUnknown
)

// Pod is what a decision needs to know of a pod.
type Pod struct {
	Name       string
	Phase      Phase
	Readiness  Readiness
	ReadySince time.Time // last transition of the Ready condition
	Started    time.Time // status.startTime; zero when not set
	Deleting   bool
}

// Sample is one pod's value of one metric.
type Sample struct {
	// Known is false for a pod that has no sample; the rest is then nothing.
	Known bool
	// Value in thousandths of the metric's unit.
	Value int64
	// Time of the sample and the window it was measured over.
	Time   time.Time
	Window time.Duration
	// Partial says in a sentence why Value may be too low: the window spans a gap in the series. Empty where it does not.
	Partial string
}

// Reading is what was read for one metric. Unknown is not zero: a reading that has a Problem has no value.
type Reading struct {
	// Problem says in a sentence why there is no value; empty when there is one.
	Problem string
	// Value in thousandths, of an Object, External or Prometheus metric. External series are summed.
	Value int64
	// Time of the oldest sample in Value; zero when the source does not tell.
	Time time.Time
	// Window is the longest time that Value was measured over; 0 for an instant, or where the source does not tell.
	Window time.Duration
	// Partial says in a sentence why Value may be too low: the window spans a gap in the series. Empty where it does not.
	Partial string
	// Pods holds a Sample for each pod of the observation, by the same index, for Resource, ContainerResource and Pods.
	Pods []Sample
	// Strays are the values of pods that are not among the observation's, in thousandths.
	Strays []int64
	// Requests holds, by the same index, what each pod requests of the resource, in thousandths. For Utilization only.
	Requests []int64
	// RequestsProblem says why Requests cannot be had, such as a container without a request.
	RequestsProblem string
	// RefreshError is why the source has no newer sample and gives one that it had already, such as the error of the query;
	// empty where the last attempt succeeded, or the source does not say.
	RefreshError string
	// Via names the way in, direct or api, for the steps.
	Via string
}

// Observation is all that is known of the target and its metrics at a tick.
type Observation struct {
	// SpecReplicas and StatusReplicas are those of the target's scale.
	SpecReplicas, StatusReplicas int32
	Pods                         []Pod
	// PodsProblem says why the pods cannot be told, such as an empty selector. As upstream, no metric is followed then,
	// not even one that needs no pods: who cannot say which pods are meant may well have named the wrong target.
	PodsProblem string
	// PodsReason is the reason that autoscaling/v2 gives the problem; InvalidSelector when empty.
	PodsReason string
	// Readings holds one Reading for each metric of the spec, by the same index.
	Readings []Reading
	// Batches holds one BatchReading for each batch of the spec, by the same index. That of a batch that is not worked for
	// is not looked at.
	Batches []BatchReading
}
