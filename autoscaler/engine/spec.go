package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/schedule"
)

// MetricType is the source of a metric, as in autoscaling/v2.
type MetricType uint8

// The metric types.
const (
	Resource MetricType = iota + 1
	ContainerResource
	Pods
	Object
	External
	Prometheus
)

// TargetType is the quantity that a metric's target is compared with.
type TargetType uint8

// The target types.
const (
	// Utilization is the usage in percent of the requests.
	Utilization TargetType = iota + 1
	// Value is the metric as a whole.
	Value
	// AverageValue is the metric divided by the number of pods.
	AverageValue
)

// ObjectRef identifies the object that an Object metric describes.
type ObjectRef struct {
	APIVersion, Kind, Name string
}

// Metric is one metric of a spec, with its target.
type Metric struct {
	Type MetricType
	// Name is the name of the resource or metric; empty for Prometheus.
	Name string
	// Container is the container of a ContainerResource metric.
	Container string
	// Selector selects series of a Pods, Object or External metric, in the string form of a label selector; empty for all.
	Selector string
	// Object is the object that an Object metric describes.
	Object ObjectRef
	// Query and Server are those of a Prometheus metric, as in the API object, and Compiled the query that is sent.
	Query    string
	Server   string
	Compiled CompiledQuery

	TargetType TargetType
	// Target is in thousandths of the metric's unit, or in percent for Utilization. Positive.
	Target int64
	// Activation is the activation value of a Prometheus metric in thousandths: a value at or below it is inactive. Where the
	// lower bound is 0 and no metric is active, inactive metrics propose 0.
	Activation int64
	// MaxAge is the age from which a sample is unknown; 0 for no limit.
	MaxAge time.Duration
}

// CompiledQuery is the query of a Prometheus metric, parsed and restricted to its namespace. The zero CompiledQuery is not
// compiled.
type CompiledQuery struct {
	// Text is the query in canonical PromQL.
	Text string
	// NamespaceLabel is the label by which each selector matches the autoscaler's namespace only; empty where the query can read
	// every namespace.
	NamespaceLabel string
	// Server is the Prometheus server that is asked; empty for the default one. Tenant is the value of its tenant header.
	Server, Tenant string
	// Window is the longest range that the query reads; 0 where it reads instants only.
	Window time.Duration
	// Instant reports whether a selector reads the newest sample before an instant.
	Instant bool
}

// PolicySelect selects one of several rate policies.
type PolicySelect uint8

// The selections of autoscaling/v2. SelectMax is the default.
const (
	SelectMax PolicySelect = iota + 1
	SelectMin
	SelectDisabled
)

// RatePolicy limits the change within a period.
type RatePolicy struct {
	// Percent reports that Value is in percent of the replicas at the start of the period; otherwise it is in pods.
	Percent bool
	Value   int32
	Period  time.Duration
}

// Rules are the rules for one direction of scaling, as in autoscaling/v2's behavior.
type Rules struct {
	Stabilization time.Duration
	Select        PolicySelect
	Policies      []RatePolicy
	// Tolerance is the relative distance from the target that causes no change. At least 0.
	Tolerance float64
}

// Serving is the Service whose endpoints carry the load of the target.
type Serving struct {
	// Service is its name.
	Service string
	// MaxDrainingPercent is the share of the pods that serve above which draining ones prevent a scale-in.
	MaxDrainingPercent int32
}

// Spec is the policy of an autoscaler, compiled from its API object once per generation.
type Spec struct {
	MinReplicas, MaxReplicas int32
	Metrics                  []Metric
	Up, Down                 Rules
	// HasBehavior reports that the object has a behavior. Without one, upstream has other rules: at most twice the count per sync,
	// and only scale-down is stabilized.
	HasBehavior bool
	// CPUInitializationPeriod and InitialReadinessDelay are the times in which the CPU usage of a new pod does not count.
	CPUInitializationPeriod, InitialReadinessDelay time.Duration
	Windows                                        []schedule.Window
	// Batches are the batches of the windows.
	Batches []Batch
	// Damping is the damping beyond autoscaling/v2's; nil for none.
	Damping *damping.Spec
	// Fallback is the proposal of metrics that are unknown; nil to hold while they are.
	Fallback *Fallback
	// MaxPendingPods is the number of pods without a node that may wait at a time, where a node autoscaler adds nodes for them; 0
	// for the probe that grows slowly.
	MaxPendingPods int32
	// Serving is the Service whose endpoints carry the load; nil where the spec names none, so that every ready pod does.
	Serving *Serving
	// Without is the set of corrections that are off, so that the decision is upstream's.
	Without Correction
}
