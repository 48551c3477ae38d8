package backtest

import (
	"math"
	"time"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/plant"
)

// Scores of a policy over a history. Times with an unknown load do not count.
type Scores struct {
	// KnownHours are the scored hours.
	KnownHours float64 `json:"knownHours"`
	// ShortageMinutes is the time in which the ready pods did not suffice for the load at full use.
	ShortageMinutes float64 `json:"shortageMinutes"`
	// MissingPodMinutes is the sum of the pods that were missing then, times minutes.
	MissingPodMinutes float64 `json:"missingPodMinutes"`
	// WorstHour is the hour of the clock with the most missing pod minutes; nil without a shortage.
	WorstHour *Hour   `json:"worstHour,omitempty"`
	PodHours  float64 `json:"podHours"`
	// Cost is PodHours times the price of a pod hour; nil without a price.
	Cost *float64 `json:"cost,omitempty"`
	// Changes of the replicas. Reversals are changes in the opposite direction of the previous one, Flaps those within ten minutes of
	// it. Churn is the sum of all changes, in replicas.
	Changes      int     `json:"changes"`
	Reversals    int     `json:"reversals"`
	Flaps        int     `json:"flaps"`
	Churn        int64   `json:"churn"`
	PeakReplicas int32   `json:"peakReplicas"`
	MeanReplicas float64 `json:"meanReplicas"`
}

// Hour is an hour of a history with a shortage.
type Hour struct {
	Start             time.Time `json:"start"`
	ShortageMinutes   float64   `json:"shortageMinutes"`
	MissingPodMinutes float64   `json:"missingPodMinutes"`
}

// counter computes scores.
type counter struct {
	begin    time.Time
	counter  *sim.Counter
	scores   Scores
	hour     Hour
	replicas float64 // times seconds
}

func newCounter(begin time.Time) *counter {
	return &counter{begin: begin, counter: sim.NewCounter(0, math.MaxInt32)}
}

// add counts a moment.
func (c *counter) add(m *plant.Moment) {
	c.counter.Add(m)
	if !m.Known {
		return
	}
	s := &c.scores
	s.PeakReplicas = max(s.PeakReplicas, m.Replicas)
	c.replicas += float64(m.Replicas) * m.Length.Seconds()
	if hour := c.begin.Add(m.At).Truncate(time.Hour); !hour.Equal(c.hour.Start) {
		c.endHour()
		c.hour = Hour{Start: hour}
	}
	const rounding = 1e-9
	if missing := math.Ceil(m.Rate-rounding) - float64(m.Ready); missing > 0 && m.Rate > m.Capacity+rounding {
		minutes := m.Length.Minutes()
		c.hour.ShortageMinutes += minutes
		c.hour.MissingPodMinutes += missing * minutes
	}
}

func (c *counter) endHour() {
	s, h := &c.scores, c.hour
	s.ShortageMinutes += h.ShortageMinutes
	s.MissingPodMinutes += h.MissingPodMinutes
	if h.MissingPodMinutes > 0 && (s.WorstHour == nil || h.MissingPodMinutes > s.WorstHour.MissingPodMinutes) {
		s.WorstHour = &h
	}
}

// result returns the scores of all moments.
func (c *counter) result(price float64) Scores {
	c.endHour()
	c.hour = Hour{}
	counted, s := c.counter.Scores(), c.scores
	s.KnownHours, s.PodHours = counted.Seconds/3600, counted.PodHours
	s.Changes, s.Reversals, s.Flaps, s.Churn = counted.Changes, counted.Reversals, counted.Flaps, counted.Churn
	if counted.Seconds > 0 {
		s.MeanReplicas = c.replicas / counted.Seconds
	}
	if price > 0 {
		cost := price * s.PodHours
		s.Cost = &cost
	}
	return s
}
