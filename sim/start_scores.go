package sim

import (
	"time"

	"flyball.dev/flyball/sim/plant"
)

// StartScores are the scores of pods that start and of pods that cannot.
type StartScores struct {
	// TimeToServeSeconds is the longest time in which the ready pods were continuously fewer than the demand. After a step of the
	// load it is the time until the pods serve it.
	TimeToServeSeconds float64 `json:"timeToServeSeconds"`
	// PeakReplicas is the highest number of desired replicas, PeakDemand the highest demand within the bounds. Runaway is the
	// maximum of the desired replicas beyond the highest demand until then, in percent of that demand.
	PeakReplicas int32   `json:"peakReplicas"`
	PeakDemand   int32   `json:"peakDemand"`
	Runaway      float64 `json:"runaway"`
	// StartingPodHours are the pod hours of pods that pull their image or start, BlockedPodHours those of pods that wait for a node
	// or after a failed start, or that the quota refuses. WastedPodHours are the whole lives of pods that were deleted before they
	// were ready.
	StartingPodHours float64 `json:"startingPodHours"`
	BlockedPodHours  float64 `json:"blockedPodHours"`
	WastedPodHours   float64 `json:"wastedPodHours"`
}

// StartCounter computes the scores of pods that start.
type StartCounter struct {
	least, most               int32
	short, longest            time.Duration
	starting, blocked, wasted float64 // seconds
	scores                    StartScores
}

// NewStartCounter returns a StartCounter for an autoscaler with these bounds.
func NewStartCounter(least, most int32) *StartCounter { return &StartCounter{least: least, most: most} }

// Add counts a step. Call it with every step, in order. Steps with an unknown load do not count.
func (c *StartCounter) Add(m *plant.Moment) {
	if !m.Known {
		c.short = 0
		return
	}
	demand := max(c.least, min(c.most, m.Demand))
	if c.short += m.Length; int32(m.Ready) >= demand {
		c.short = 0
	}
	c.longest = max(c.longest, c.short)
	s := &c.scores
	s.PeakReplicas, s.PeakDemand = max(s.PeakReplicas, m.Replicas), max(s.PeakDemand, demand)
	if beyond := m.Replicas - s.PeakDemand; beyond > 0 {
		s.Runaway = max(s.Runaway, 100*float64(beyond)/float64(max(s.PeakDemand, 1)))
	}
	dt := m.Length.Seconds()
	c.starting += float64(m.Starting) * dt
	c.blocked += float64(m.Blocked) * dt
	c.wasted += m.Wasted
}

// Scores returns the scores of all steps; zero without steps.
func (c *StartCounter) Scores() StartScores {
	s := c.scores
	s.TimeToServeSeconds = c.longest.Seconds()
	s.StartingPodHours, s.BlockedPodHours, s.WastedPodHours = c.starting/3600, c.blocked/3600, c.wasted/3600
	return s
}
