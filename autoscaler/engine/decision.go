package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// StepKind is the kind of a step.
type StepKind uint8

// The kinds of steps, in the order of the rules.
const (
	StepCurrent       StepKind = iota + 1 // the current count
	StepPods                              // the pods by class, where not all of them serve
	StepMetric                            // one metric's proposal
	StepUnknown                           // a metric without a value
	StepFallback                          // the fallback of a metric that has been unknown for its time
	StepBatch                             // the plan of a batch window
	StepHighest                           // the highest proposal
	StepDamping                           // damping
	StepHold                              // the current count is held: an unknown metric never scales in
	StepStabilization                     // a stabilization window
	StepFirstStart                        // pods requested at zero have not served yet
	StepLost                              // pods of lost nodes are no replicas, and are replaced
	StepDraining                          // draining pods, or unknown endpoints, prevent a scale-in
	StepRatePolicy                        // a rate policy, or upstream's limit without a behavior
	StepCapacity                          // the limit of a scale-out while pods are blocked
	StepWindow                            // an open window's bounds
	StepBounds                            // minReplicas or maxReplicas
)

// Step is one rule that made or changed the count. Package explain formats steps as text.
type Step struct {
	Kind StepKind
	// From and To are the count before and after the step.
	From, To int32
	// Index is the index of the metric, window, batch or rate policy in the spec; -1 for none.
	Index int
	// Code is the reason of the step, such as ScaleUpLimit; can be empty.
	Code string
	// Detail is a message of the observation, such as the Problem of a reading; can be empty.
	Detail string
	// Limit is the count that the step compared From with: what the rate policy allows, the lowest or highest recommendation of
	// the stabilization window, or the result of damping before a floor raised it. 0 for other kinds.
	Limit int32
	// Added and Removed are the replicas by which the autoscaler scaled up and down within the period of a rate policy: the count
	// that the policy is applied to is the current one − Added + Removed. 0 for other kinds.
	Added, Removed int64
}

// Hold is why a proposal does not follow from its ratio.
type Hold uint8

// The reasons to hold the current count, or, for HoldInactive, to propose 0.
const (
	HoldWithinTolerance Hold = iota + 1 // the ratio is within the tolerance of 1
	HoldUncertain                       // adjusted for pods without a usable sample, the ratio does not justify the change
	HoldNoReadyPods                     // no pod is ready
	HoldDirection                       // the number of ready pods differs from the replicas, and Product opposes the ratio
	HoldPartial                         // the range of the value spans a gap, so the value can be too low
	HoldInactive                        // the value is not above its activation value, and no other metric is active
	HoldOlderSample                     // the sample is older than a change of the pods, and does not justify another change
	HoldAfterSurge                      // pods that a rollout had added left within the window of the value, so the value can be too low
	HoldAwaitedPods                     // the pods are, or were, at full use, and those on their way can suffice
)

// Proposal is the replica count that one metric proposes.
type Proposal struct {
	// Known is false where the metric has no value. Problem is the reason then, and Replicas is undefined without IsFallback.
	Known   bool
	Problem string
	// Code is the reason of the failure in autoscaling/v2, such as FailedGetResourceMetric; empty where Known.
	Code string
	// UnknownSince is the time of the first sync without a value. IsFallback reports that Replicas are those of the fallback.
	UnknownSince time.Time
	IsFallback   bool
	Replicas     int32
	// Hold is why Replicas are the current count, or for HoldAwaitedPods at least that; 0 where they follow from the ratio.
	Hold Hold
	// Unheld is the count that a partial value gives where Hold is HoldPartial; 0 where it gives the current count, for pods without
	// a usable sample.
	Unheld int32
	// Current is the current value in the unit of the target: percent for Utilization, else thousandths. At zero replicas it is
	// the value as a whole, not an average.
	Current int64
	// Average is the mean of the counted pods in thousandths, for a metric of which each pod has a sample.
	Average int64
	// Ratio is the ratio of current to target, without pods that have no usable sample.
	Ratio float64
	// Adjusted is the ratio adjusted for pods without a usable sample, and AdjustedPods the number of pods it is multiplied by; 0
	// without such pods.
	Adjusted     float64
	AdjustedPods int
	// Product is Ratio times Ready, rounded up, where Hold is HoldDirection; 0 otherwise.
	Product int32
	// Shared is the number of pods that shared the load at the time of the sample, where the sample is older than a change of the
	// pods, and Replicas are SharedRatio times Shared; 0 otherwise.
	Shared, SharedRatio float64
	// Ready, Unready, Missing and Ignored are the number of pods of each class.
	Ready, Unready, Missing, Ignored int
	// PartialPods is the number of ready pods whose sample is partial.
	PartialPods int
	// Partial is why the value can be too low; empty where it cannot.
	Partial string
	// FullUse reports that the pods are at full use, so that the load can be higher than the value shows. Awaited is the number of
	// pods on their way, and AwaitedLimit the replicas, not rounded, at which a scale-out ends while it waits for them; 0 for no limit.
	FullUse      bool
	Awaited      int
	AwaitedLimit float64
	// Unawaited is the count before that limit; 0 for no limit.
	Unawaited int32
	// Time is the time of the oldest sample.
	Time time.Time
	// Via is how the metric was read: direct or api.
	Via string
}

// Status is the status of a condition. The zero Status leaves the condition unchanged.
type Status uint8

// The statuses.
const (
	Unchanged Status = iota
	True
	False
)

// Verdict is the status and reason of a condition.
type Verdict struct {
	Status Status
	Reason string
	// Message is a message of the observation; package explain adds the rest.
	Message string
}

// Decision is a replica count and its reasons.
type Decision struct {
	Time time.Time
	// Current is the target's replica count, and Desired the decided one. They are equal where nothing changes.
	Current, Desired int32
	// Min and Max are the bounds in force. MinWindow and MaxWindow are the indices of the windows that set them; -1 for the spec.
	Min, Max             int32
	MinWindow, MaxWindow int
	// Failed reports that no metric or batch allows a decision; Desired is then Current.
	Failed bool
	// HighestMetric is the index of the metric with the highest proposal; -1 for none.
	HighestMetric int
	Proposals     []Proposal
	Steps         []Step
	// Batches are the plans of the active batches. HighestBatch is the index in Batches of the one with the highest proposal; -1
	// for none.
	Batches      []BatchPlan
	HighestBatch int
	// Costs are the deletion costs of the observation's pods, by index: a scale-in should delete the pods with the lowest first.
	// Empty where no batch measures them.
	Costs []int32
	// Pods are the observation's pods by class, and Shortage is the part of the replicas that cannot run.
	Pods     PodCounts
	Shortage Shortage

	// Damping is the recommendation of damping, where Damped.
	Damping damping.Recommendation
	Damped  bool

	AbleToScale, ScalingActive, ScalingLimited, ScaledToZero Verdict
	// DeadlineAtRisk covers all batches.
	DeadlineAtRisk Verdict
	// CapacityLimited is True where replicas cannot run; its message has the words of who refuses.
	CapacityLimited Verdict
	// MetricsStale is True where a metric has no newer sample; Stale lists such metrics.
	MetricsStale Verdict
	Stale        []StaleMetric
	// OpenWindows are the indices of the open windows. NextEdge is the next time at which a window opens or closes; zero for none.
	OpenWindows []int
	NextEdge    time.Time

	// TakesToZero reports that Desired is 0, and that the autoscaler can scale the target up from there.
	TakesToZero bool
	// RatePeriod is how long the change counts for the rate policies; 0 where it does not. [RecordScale] reads it.
	RatePeriod time.Duration
}
