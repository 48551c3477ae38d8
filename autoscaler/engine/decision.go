package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// StepKind names what made or changed the number.
type StepKind uint8

// The kinds of step, in the order in which they can act.
const (
	StepCurrent       StepKind = iota + 1 // the number that the target had
	StepMetric                            // one metric's proposal
	StepUnknown                           // a metric without a value
	StepFallback                          // what a metric proposes that has been unknown for long
	StepBatch                             // what a batch window needs to be done in time
	StepHighest                           // the largest proposal wins
	StepDamping                           // what damping makes of the wish
	StepHold                              // replicas kept on purpose: an unknown metric never scales in
	StepStabilization                     // a stabilisation window
	StepRatePolicy                        // a rate policy, or the built-in limit
	StepWindow                            // an open window's bounds
	StepBounds                            // minReplicas or maxReplicas
)

// Step is one thing that made or changed the number. Steps are plain values; package explain gives them words.
type Step struct {
	Kind StepKind
	// From and To are the number before the step and after it.
	From, To int32
	// Index of the metric, window, batch or rate policy concerned, in the spec's order; -1 for none.
	Index int
	// Code says which of the kind's ways it was, as an upstream-style reason, such as ScaleUpLimit; may be empty.
	Code string
	// Detail is a fact known only at decision time, such as a reading's Problem; may be empty.
	Detail string
	// Limit is the count that the step compared From with: what the rate policy allows, the lowest or highest recommendation of
	// the stabilization window, or what damping gave before a floor raised it. 0 for other kinds.
	Limit int32
	// Added and Removed are the replicas by which the autoscaler scaled up and down within the period of a rate policy: the count
	// that the policy is applied to is the current one − Added + Removed. 0 for other kinds.
	Added, Removed int64
}

// Kept says why a proposal is not what the ratio makes of it.
type Hold uint8

// The reasons to keep the replicas, or, for KeptInactive, to stay at zero.
const (
	HoldWithinTolerance Hold = iota + 1 // the ratio is near enough to 1
	HoldUncertain                       // with the pods in doubt put in, the ratio does not justify the change
	HoldNoReadyPods                     // there is no ready pod to multiply
	HoldDirection                       // more or fewer pods are ready than were asked for, and Product goes against the ratio
	HoldPartial                         // the value's range spans a gap, so that it may be too low
	HoldInactive                        // the value is not above its activation value, and no other metric is active
	HoldOlderSample                     // the sample is older than a change of the pods, and does not justify another change
)

// Proposal is one metric's wish.
type Proposal struct {
	// Known is false where the metric had no value; Problem then says why and Replicas is nothing.
	Known   bool
	Problem string
	// Code is the reason that autoscaling/v2 gives the failure, such as FailedGetResourceMetric; empty where Known.
	Code string
	// UnknownSince is when it was first seen without a value; FellBack says that Replicas are those of the fallback.
	UnknownSince time.Time
	IsFallback   bool
	Replicas     int32
	// Kept says why Replicas are those that there are; 0 where they follow from the ratio.
	Hold Hold
	// Current value in the terms of the target: percent for Utilization, else thousandths. At zero replicas there is no
	// average; it is then the metric as a whole.
	Current int64
	// Average of the counted pods in thousandths, for metrics that pods have a sample each of.
	Average int64
	// Ratio of current to target, before pods that are missing or not ready are put in.
	Ratio float64
	// Adjusted is the ratio with the pods in doubt put in, and AdjustedPods how many pods it is multiplied by; 0 where none were.
	Adjusted     float64
	AdjustedPods int
	// Product is Ratio times Ready, rounded up, where Kept is KeptDirection; 0 otherwise.
	Product int32
	// Shared is the number of pods that shared the load when it was measured, where Replicas are SharedRatio times that, because
	// the sample is older than a change of the pods; 0 otherwise.
	Shared, SharedRatio float64
	// Ready, Unready, Missing and Ignored count the pods by how they entered the proposal.
	Ready, Unready, Missing, Ignored int
	// Gapped counts the ready pods whose sample is partial.
	PartialPods int
	// Partial says in a sentence why the value may be too low; empty where it is not.
	Partial string
	// Time of the oldest sample.
	Time time.Time
	// Via names the way the metric was read.
	Via string
}

// Status is a condition's: the zero Status leaves the condition as it was.
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
	// Message is a fact known only at decision time; explain words the rest.
	Message string
}

// Decision is the answer, and why.
type Decision struct {
	Time time.Time
	// Current is what the target has; Desired what it should have. Equal where nothing is to be done.
	Current, Desired int32
	// Min and Max are the bounds in force, windows included. MinWindow and MaxWindow are the indices of the windows that
	// they come from; -1 for the spec.
	Min, Max             int32
	MinWindow, MaxWindow int
	// Failed says that no number could be made; Desired is then Current.
	Failed bool
	// Winner is the index of the metric whose proposal was taken; -1 for none.
	HighestMetric int
	Proposals     []Proposal
	Steps         []Step
	// Batches are the plans of those that are worked for. BatchWinner is the index in Batches of the one that was taken; -1
	// for none.
	Batches      []BatchPlan
	HighestBatch int
	// Costs say which pods of the observation, by the same index, are to go first if some must: those with the lowest. Empty
	// where nobody tells.
	Costs []int32

	// Damping is what damping asked for, where Damped.
	Damping damping.Recommendation
	Damped  bool

	AbleToScale, ScalingActive, ScalingLimited, ScaledToZero Verdict
	// DeadlineAtRisk is about all batches together.
	DeadlineAtRisk Verdict
	// MetricsStale says whether newer samples of a metric have ceased to come; Stale lists such metrics.
	MetricsStale Verdict
	Stale        []StaleMetric
	// OpenWindows are the indices of the windows open now. NextEdge is the next instant at which a window opens or closes;
	// zero for none.
	OpenWindows []int
	NextEdge    time.Time

	// TakesToZero says that Desired is 0 and that the autoscaler can bring the target back from there.
	TakesToZero bool
	// RememberFor is how long the change, once made, counts for the rate policies; 0 where it does not. [RecordScale] reads it.
	RatePeriod time.Duration
}
