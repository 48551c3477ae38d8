package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/schedule"
)

// MetricType says where a metric comes from, in the words of autoscaling/v2.
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

// TargetType says what a metric's target is compared with.
type TargetType uint8

// The target types.
const (
	// Utilization is in percent of what the pods request.
	Utilization TargetType = iota + 1
	// Value is the metric as a whole.
	Value
	// AverageValue is the metric divided by the number of pods.
	AverageValue
)

// ObjectRef names the object that an Object metric describes.
type ObjectRef struct {
	APIVersion, Kind, Name string
}

// Metric is one metric of a spec: what to read, and what it should be.
type Metric struct {
	Type MetricType
	// Name of the resource or metric; empty for Prometheus.
	Name string
	// Container of a ContainerResource metric.
	Container string
	// Selector narrows a Pods, Object or External metric by its labels, in the string form of a label selector; empty for all.
	Selector string
	// Object that an Object metric describes.
	Object ObjectRef
	// Query is the PromQL of a Prometheus metric, as the spec has it, and Compiled how it is asked.
	Query    string
	Compiled CompiledQuery

	TargetType TargetType
	// Target in thousandths of the metric's unit, or in percent for Utilization. Greater than 0.
	Target int64
	// Activation in thousandths, of a Prometheus metric: a value at or below it is inactive. Where the lower bound is 0 and
	// no metric is active, inactive metrics propose 0.
	Activation int64
	// MaxAge from which a sample is unknown; 0 for no limit.
	MaxAge time.Duration
}

// CompiledQuery is the query of a Prometheus metric, parsed and confined to its namespace. The zero CompiledQuery is one
// that was not compiled.
type CompiledQuery struct {
	// Text is PromQL in its canonical form.
	Text string
	// NamespaceLabel is the label of each selector that has the autoscaler's namespace as its only value; empty where the
	// query may read every namespace.
	NamespaceLabel string
	// Window is the longest range that the query reads; 0 where it reads instants only.
	Window time.Duration
	// Instant is true where a selector reads the newest sample before an instant.
	Instant bool
}

// PolicySelect says which of several rate policies counts.
type PolicySelect uint8

// The selections of autoscaling/v2. SelectMax is the default.
const (
	SelectMax PolicySelect = iota + 1
	SelectMin
	SelectDisabled
)

// RatePolicy bounds the change within a period.
type RatePolicy struct {
	// Percent says that Value is in percent of the replicas at the period's start; otherwise in pods.
	Percent bool
	Value   int32
	Period  time.Duration
}

// Rules damp one direction.
type Rules struct {
	Stabilization time.Duration
	Select        PolicySelect
	Policies      []RatePolicy
	// Tolerance is the relative distance from the target that causes no change. Not negative.
	Tolerance float64
}

// Spec is an autoscaler's policy, compiled from its API object once a generation.
type Spec struct {
	MinReplicas, MaxReplicas int32
	Metrics                  []Metric
	Up, Down                 Rules
	// HasBehavior says that the object has a behavior. Without it upstream normalises on another path: at most double a
	// tick, and only scale-down is stabilised.
	HasBehavior bool
	// CPUInitializationPeriod and InitialReadinessDelay say when a new pod's CPU is not to be trusted.
	CPUInitializationPeriod, InitialReadinessDelay time.Duration
	Windows                                        []schedule.Window
	// Batches are those of the windows that have one.
	Batches []Batch
	// Damping is the care beyond autoscaling/v2's; nil for none.
	Damping *damping.Spec
	// Fallback of metrics that are unknown for long; nil to hold for as long as they are.
	Fallback *Fallback
	// Without is the set of corrections that are switched off, so that the decision is upstream's there.
	Without Correction
}
