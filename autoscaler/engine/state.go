package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// Recommendation is a merged, not yet damped, proposal of the past.
type Recommendation struct {
	Replicas int32
	At       time.Time
}

// ScaleEvent is a change that was made to the target.
type ScaleEvent struct {
	// Change in replicas, without its sign.
	Change int32
	At     time.Time
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
	Batches []BatchMemory
	StartUp StartUp
	// Damping is the zero State where there is none.
	Damping damping.State
}
