package damping

import "time"

// Recommendation is the replica count that damping recommends, with its reasons. Loads are in replicas at their target.
type Recommendation struct {
	Replicas int32
	// Load is the observed load, LimitedLoad the load after the surge limit, Forecast the load after Horizon, and SafetyStock the
	// addition for the error of forecasts. Required is the requirement, not rounded.
	Load, LimitedLoad, Forecast, SafetyStock, Required float64
	// SurgeLimit is the highest load that counts at once.
	SurgeLimit float64
	// PeakReserve is the lower bound of the requirement for the usual peaks.
	PeakReserve float64
	Horizon     time.Duration
	// NoLoad reports that no metric has a load, so that a fallback is the requirement. The loads are 0 then.
	NoLoad bool
	// Idle reports that no replica is required. SafetyStock, PeakReserve and Required are 0 then.
	Idle bool
	// FullUse reports that the load is the requirement, because the pods are at full use.
	FullUse bool
	// HoldReason is why Replicas differ from the requirement; 0 where they do not.
	HoldReason HoldReason
	// HighestRequired is the highest requirement of the hold, and Hold the length of the hold.
	HighestRequired float64
	Hold            time.Duration
	// GuardSteps is the number of steps by which the hunting guard widens dead band and hold, and Reversals its count of reversals.
	GuardSteps int32
	Reversals  float64
	// Hunting reports that the replicas reverse more than twice as often as the load.
	Hunting bool
	// CostRatio is the ratio of pod-seconds to those of a plain HPA, and CostBoundUsed the used share of the cost bound.
	CostRatio, CostBoundUsed float64
	// CostLimited reports that the cost bound limits the requirement to the replicas of a plain HPA, or to those that the load
	// requires now.
	CostLimited bool
	// HPAReplicas is the count of the plain HPA, and ServiceCredit the time by which the target may still be later than it.
	HPAReplicas   int32
	ServiceCredit time.Duration
}

// HoldReason is why a recommendation differs from the requirement.
type HoldReason uint8

// The reasons.
const (
	HoldWithinDeadBand    HoldReason = iota + 1 // the requirement is within the dead band
	HoldRecentRequirement                       // an earlier requirement of the hold is higher
	HoldUnconfirmedSurge                        // the load is an unconfirmed surge, which never scales in
	RaisedToHPA                                 // the service credit does not cover fewer replicas than a plain HPA has
)
