package engine

import "time"

// Phase is the phase of a pod.
type Phase uint8

// The phases.
const (
	Pending Phase = iota + 1
	Running
	Succeeded
	Failed
	// PhaseUnknown was the phase of pods on a lost node in old versions of Kubernetes. Such pods run, but are never ready.
	PhaseUnknown
)

// Readiness is the Ready condition of a pod.
type Readiness uint8

// The states of the Ready condition. A pod without one has NoReadyCondition.
const (
	NoReadyCondition Readiness = iota
	Ready
	NotReady
	ReadyUnknown
)

// Obstacle is what keeps a pod from running.
type Obstacle uint8

// The obstacles. A pod that runs, or that the scheduler and the kubelet are still working on, has NoObstacle.
const (
	NoObstacle Obstacle = iota
	// Unschedulable: no node has room for the pod, or fits it.
	Unschedulable
	// VolumeUnbound: a volume claim of the pod does not exist or is not bound.
	VolumeUnbound
	// ImageUnavailable: an image of the pod cannot be pulled.
	ImageUnavailable
	// ContainerError: a container cannot be created or started, as without a ConfigMap that it refers to.
	ContainerError
	// CrashLoop: a container ends soon after each start.
	CrashLoop
)

// Endpoint is what the EndpointSlices of the Service in the spec have of a pod.
type Endpoint uint8

// The states of an endpoint. A pod has EndpointUnknown where the spec names no Service, and while its EndpointSlices are unknown.
const (
	EndpointUnknown Endpoint = iota
	// EndpointServing: the pod is in a slice and serves.
	EndpointServing
	// EndpointDraining: the pod is terminating, and still serves what it has begun.
	EndpointDraining
	// NoEndpoint: no slice has the pod, or it does not serve.
	NoEndpoint
)

// Pod is a pod of the target.
type Pod struct {
	Name      string
	Phase     Phase
	Readiness Readiness
	Deleting  bool
	// Obstacle is what keeps the pod from running. Superseded reports that a scale-out does not depend on it: no pod of its
	// ReplicaSet serves, and another ReplicaSet of the target does, as in a rollout that fails.
	Obstacle   Obstacle
	Superseded bool
	Endpoint   Endpoint
	// Lost reports that the pod's node does not report any more: the node lifecycle controller has set the pod to not ready, and
	// evicts it later. The controller of the target does not replace it before.
	Lost       bool
	ReadySince time.Time // last transition of the Ready condition
	Started    time.Time // status.startTime; zero when not set
}

// Sample is the value of one metric of one pod.
type Sample struct {
	// Known is false for a pod without a sample; the other fields are undefined then.
	Known bool
	// Value is in thousandths of the metric's unit.
	Value int64
	// Time is the time of the sample, and Window the time that it was measured over, which ends at Time.
	Time   time.Time
	Window time.Duration
	// Partial is why Value can be too low: the window spans a gap in the series. Empty where it does not.
	Partial string
}

// Reading is the result of reading one metric. A reading with a Problem has no value; an unknown value is not 0.
type Reading struct {
	// Problem is why the reading has no value; empty where it has one.
	Problem string
	// Value is the value of an Object, External or Prometheus metric in thousandths. External series are summed.
	Value int64
	// Time is the time of the oldest sample in Value; zero where the source gives none.
	Time time.Time
	// Window is the longest time that Value was measured over; 0 for an instant, or where the source gives none.
	Window time.Duration
	// Partial is why Value can be too low: the window spans a gap in the series. Empty where it does not.
	Partial string
	// Pods are the samples of the observation's pods, by index, of a Resource, ContainerResource or Pods metric.
	Pods []Sample
	// Strays are the values of pods that the observation does not have, in thousandths.
	Strays []int64
	// Requests are the requests of the observation's pods for the resource, by index, in thousandths. For Utilization only.
	Requests []int64
	// RequestsProblem is why the requests are unknown, such as a container without a request.
	RequestsProblem string
	// RefreshError is why the source returns an older sample instead of a new one, such as the error of the query; empty where the
	// last read succeeded.
	RefreshError string
	// Via is how the metric was read: direct or api.
	Via string
}

// Observation is the state of the target and its metrics at a sync.
type Observation struct {
	// SpecReplicas and StatusReplicas are the replica counts of the target's scale.
	SpecReplicas, StatusReplicas int32
	Pods                         []Pod
	// PodsProblem is why the pods are unknown, such as an empty selector. All metrics are unknown then, as upstream, including
	// those that need no pods: the target itself can be the wrong one.
	PodsProblem string
	// PodsReason is the reason of the problem in autoscaling/v2; InvalidSelector where empty.
	PodsReason string
	// BlockedBy is what the scheduler or the kubelet reports of the obstacle that most pods have; empty where no pod has one.
	BlockedBy string
	// Refused is why the controller of the target cannot create its pods, such as a quota; empty where it can.
	Refused string
	// QuotaHasRoom reports that the quota in Refused has room for another pod again. The controller tries again at once if its
	// replicas change, and otherwise after up to 1000 s.
	QuotaHasRoom bool
	// Ordered reports that the controller creates a pod only after the one before is ready, as that of a StatefulSet does.
	Ordered bool
	// EndpointsProblem is why it is unknown which pods the Service of the spec serves from; empty where it is known, and without
	// a Service. The endpoints of all pods are unknown then.
	EndpointsProblem string
	// Readings are the readings of the spec's metrics, by index.
	Readings []Reading
	// Batches are the readings of the spec's batches, by index. Those of inactive batches are not read.
	Batches []BatchReading
}
