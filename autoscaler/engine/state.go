package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// Recommendation is a past count that entered stabilization.
type Recommendation struct {
	Replicas int32
	Time     time.Time
}

// ScaleEvent is a change of the target's replicas.
type ScaleEvent struct {
	// Change is the number of replicas added or removed. Positive.
	Change int32
	Time   time.Time
	// Outdated reports that no rate policy included the change when a later one was made. A later change may then replace it,
	// even if the policies of a new spec would include it again, as upstream does.
	Outdated bool
}

// State is the state of an autoscaler between syncs. The zero State is that of a new autoscaler. [Decide] takes it over and returns
// the next one, which can share its memory, as append does; use [State.Clone] to keep both.
type State struct {
	Recommendations []Recommendation
	Ups, Downs      []ScaleEvent
	// Outages are those of the metrics without a value at the last sync.
	Outages []Outage
	// ScaledToZero reports that the autoscaler scaled the target to zero, so that it may scale it up again.
	ScaledToZero bool
	// Batches are the states of batches, and StartUp the start time of pods.
	Batches []BatchState
	StartUp StartUp
	// Ready is the history of the number of ready pods, oldest first, as far back as a sample can reach. Observed is the time of
	// the last observation of pods. ScaledIn is the autoscaler's last scale-in, and its replicas, until its effect on the pods is
	// observed; Time is zero for none.
	Ready    []ReadyCount
	Observed time.Time
	ScaledIn ReadyCount
	// Surged is the time of the last observation with more ready pods than spec.replicas, as in a rollout; zero for none.
	Surged time.Time
	// Samples are the ages of the newest sample of each metric, in the order of the last spec.
	Samples []SampleAge
	// BlockedSince is the time since which pods have been blocked at every sync; zero where none is.
	BlockedSince time.Time
	// QuotaProbe is the count that may be requested because the quota that refuses pods has room again; 0 while it has none.
	QuotaProbe int32
	// Activated is the time at which the autoscaler scaled the target up from zero; zero once its pods have served.
	Activated time.Time
	// Damping is the state of damping; the zero State without damping.
	Damping damping.State
}
