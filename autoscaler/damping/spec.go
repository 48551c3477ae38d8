package damping

import "time"

// Spec is the configuration of damping. The zero Spec recommends the replicas that the load requires, without delay.
type Spec struct {
	// SurgeLimit is the factor of the recently confirmed load up to which a load counts at once; 0 for no limit. At least 1.
	SurgeLimit float64
	// Headroom is the load of a replica as a factor of its target that is allowed without an error of the forecast; 0 or 1 for none.
	Headroom float64
	// Staffing is the number of square roots of the load that are added to the replicas for random variation. At least 0.
	Staffing float64
	// SafetyFactor is the number of root mean squares of the forecast error that are added to the load; 0 for none.
	SafetyFactor float64
	// PeakShare is the share of the time for which the replicas cover the usual peaks of the load, such as 0.9; 0 for no reserve.
	PeakShare float64
	// ForecastHorizon is the longest time by which the load is forecast; 0 for no forecast.
	ForecastHorizon time.Duration
	// DeadBandUp and DeadBandDown are the distances of the requirement from the current count that change nothing, as a share of the
	// count: from 0 to below 1.
	DeadBandUp, DeadBandDown float64
	// Hold is the time whose highest requirement a scale-in keeps; 0 for none.
	Hold time.Duration
	// GuardSteps is the highest number of steps by which the hunting guard widens dead band and hold; 0 for no guard.
	GuardSteps int32
	// CostBound is the share of pod-seconds that may be spent beyond a plain HPA's, and CostWindow the time constant of both sums; no
	// bound where either is 0.
	CostBound  float64
	CostWindow time.Duration
	// ServiceBound is the share of the time by which the target may be late for longer than a plain HPA; 0 for no bound.
	ServiceBound float64
}

// Observation is the input of damping at a sync.
type Observation struct {
	// Load is the load in replicas at their target: an HPA's proposal before it is rounded up.
	Load float64
	// Current is the replica count of the target.
	Current int32
	// LoadAge is the age of the load: the time since the middle of the window of its samples. Window is that window. StartupTime is
	// the time from the start of a pod until it is ready.
	LoadAge, Window, StartupTime time.Duration
	// PerPod reports that the load follows from the samples of each pod, and not from a value of the whole target.
	PerPod bool
	// MaxRatio is the highest ratio to its target that a pod can show: 100 % divided by a utilization target; 0 for no limit.
	MaxRatio float64
	// Full reports that the pods show MaxRatio or nearly so: the load is at least Load. FullUse reports this, too, and that they did so
	// within the window of the load, which then grows with the pods. Measured is the load that an HPA sees, where the engine limits
	// Load then; 0 for Load.
	Full     bool
	Measured float64
	FullUse  bool
	// Proposed is what an HPA proposes for the target's own pods, which show a utilization; 0 for other metrics. EvenStarts reports that
	// these pods start in nearly equal times, so that a scale-out can wait for those on their way.
	Proposed   int32
	EvenStarts bool
	// Tolerance, as a share, and Stabilization are those of the plain HPA of the cost bound.
	Tolerance     float64
	Stabilization time.Duration
	// Fallback is the fallback of a metric without a value, in replicas. It is a requirement, which the hold keeps. 0 for none.
	Fallback int32
	// LowerBound is the lower bound in force, or the replicas that a batch requires where they are more. It applies to the plain HPA
	// too. The hold does not keep it.
	LowerBound int32
	// UpperBound is the upper bound in force; 0 for none. It applies to the plain HPA.
	UpperBound int32
	// Idle reports that no replica is required: no metric is active, and the lower bound is 0. Then only the hold delays the
	// scale-in to zero: safety stock and peak reserve, which take hours to decay, keep no replica.
	Idle bool
}

// deadTime returns the time until a change that is decided now shows in the load.
func (o *Observation) deadTime() time.Duration { return o.LoadAge + o.StartupTime }
