package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// Recommendation is a merged, not yet damped, proposal of the past.
type Recommendation struct {
	Replicas int32
	Time     time.Time
}

// ScaleEvent is a change that was made to the target.
type ScaleEvent struct {
	// Change in replicas, without its sign.
	Change int32
	Time   time.Time
	// Outdated says that no rate policy reached back to the change when a later one was made. Then it may be replaced,
	// also once the policies of another spec would reach it again: so far upstream's memory goes.
	Outdated bool
}

// State is what an autoscaler remembers between ticks. The zero State is a new autoscaler's. [Decide] takes it over and
// gives the next one, which may share its memory, as append does; [State.Clone] before to keep both.
type State struct {
	Recommendations []Recommendation
	Ups, Downs      []ScaleEvent
	// Outages are of the metrics that had no value at the last tick.
	Outages []Outage
	// ScaledToZero says that it was the autoscaler that took the target to zero, and that it may bring it back.
	ScaledToZero bool
	// Batches are those that have been worked for; StartUp is for them.
	Batches []BatchState
	StartUp StartUp
	// Ready are the pods that were ready, by when that changed, the oldest first: as far back as a sample may reach. Observed is
	// when the pods were observed last. ScaledIn is the autoscaler's last scale-in, and to how many replicas, until its effect on
	// the pods is observed; At is zero for none.
	Ready    []ReadyCount
	Observed time.Time
	ScaledIn ReadyCount
	// Samples are about the newest sample of each metric, in the order of the spec that was decided by last.
	Samples []SampleAge
	// Damping is the zero State where there is none.
	Damping damping.State
}
