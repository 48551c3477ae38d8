package batch

import "time"

// Source is the source of the throughput of a replica.
type Source uint8

// The sources.
const (
	Stated   Source = iota + 1 // Spec.Rate
	Measured                   // Observation.Throughput
	Learned                    // backlog, arrivals and ready replicas, from Spec.Rate on
)

// Spec is what must be done, and by which rules.
type Spec struct {
	Source Source
	// Rate is the throughput of a replica, in backlog per second: as stated, or the first estimate. Greater than 0, except for
	// Measured.
	Rate float64
	// Margin is the share that the plan adds to the work. Not negative.
	Margin float64
	// LongestItem is the duration of the longest item; 0 for unknown, which counts as five times the mean.
	LongestItem time.Duration
	// Stays means that ready replicas stay until the backlog is empty, so the planner cannot scale in.
	Stays bool
	// ItemSize is the backlog of one item; 0 for 1. One replica at a time works on an item, so a plan has at most as many replicas
	// as items.
	ItemSize float64
	// Divisible means that the backlog has no items: any number of replicas can share any part of it.
	Divisible bool
}

// itemSize is the smallest backlog for one replica: an item, or one unit of a divisible backlog.
func (s *Spec) itemSize() float64 {
	if s.Divisible || s.ItemSize <= 0 {
		return 1
	}
	return s.ItemSize
}

// Observation is the input of one sync. Backlog and the rates have one unit, that of the backlog.
type Observation struct {
	// Start and Deadline of the work. Start identifies the occurrence.
	Start, Deadline time.Time
	// Problem is the reason for an unknown backlog; empty if it is known. Then Backlog is its value at the time At.
	Problem string
	Backlog float64
	At      time.Time
	// Arrivals per second, if HasArrivals.
	Arrivals    float64
	HasArrivals bool
	// Throughput of one replica as measured, if HasThroughput.
	Throughput    float64
	HasThroughput bool
	// Shared means that Throughput is the throughput of all replicas, divided by the ready ones. Its range is unknown, so it is too
	// low after replicas have become ready.
	Shared bool
	// Current is the number of requested replicas, Ready the number of ready ones.
	Current, Ready int32
	// Busy is the number of replicas that must stay so that no busy one is deleted; 0 if it is not measured.
	Busy int32
	// StartUp is the time that a new replica takes to be ready.
	StartUp time.Duration
	// Min and Max bound the replicas.
	Min, Max int32
}

// Phase is the progress of the work relative to its deadline.
type Phase uint8

// The phases.
const (
	OnTime  Phase = iota + 1 // the work is expected to finish by the deadline
	Drained                  // the backlog is empty
	AtRisk                   // Max replicas would miss the deadline
	Late                     // the deadline has passed with work left
)

// Plan is the result, with the figures behind it.
type Plan struct {
	Phase           Phase
	Start, Deadline time.Time
	// Replicas is the recommendation, within the bounds. With an unknown backlog it is at least the current replicas.
	Replicas int32
	// Needed is the number of replicas that the work requires, before bounds and hysteresis; at most Items.
	Needed int32
	// Items is the number of items left and expected by the deadline; MaxInt32 for a divisible backlog.
	Items int32
	// Problem is the reason for an unknown backlog. Backlog is then an estimate.
	Problem string
	Backlog float64
	// Throughput of a replica per second, with its standard error. The plan uses Throughput − Error.
	Throughput, Error float64
	// Arrivals per second that the plan expects until the deadline.
	Arrivals float64
	// StartUp of a replica, and Tail, the time before the deadline at which the last item must start.
	StartUp, Tail time.Duration
	// Finish is the expected finish with the planned replicas; zero for never.
	Finish time.Time
	// Missed means that work was left at the deadline; Left is its amount.
	Missed bool
	Left   float64
	// Fewer means that fewer replicas suffice, but not for long enough yet. Held means that the earlier plan is kept.
	Held, Fewer bool
	// Busy is the number of replicas that must stay so that no busy one is deleted. HeldBusy means that they exceed the plan.
	Busy     int32
	HeldBusy bool
}

// State is the state between syncs. The zero State is that of a new batch.
type State struct {
	// Start and Deadline of the occurrence. Rate outlives it.
	Start, Deadline time.Time
	Rate            Rate
	// Backlog is the last known backlog, at the time At.
	Backlog float64
	At      time.Time
	// Arrivals per second, as measured or inferred, and the time of the last measurement.
	Arrivals float64
	Watched  time.Time
	// Ready replicas, and the time since which their number has been steady and they had work.
	Ready  int32
	Steady time.Time
	// Planned replicas, 0 before the first plan, and the time at which they should finish.
	Planned int32
	Aim     time.Time
	// FewerSince is the time of the first sample since which far fewer replicas than planned have been enough, and Fewer the most
	// of them; zero where they are not.
	FewerSince time.Time
	Fewer      int32
	// DrainedSince is the time of the first sample since which nothing has been left; zero where something is.
	DrainedSince time.Time
	AtRisk       bool
	// Missed means that Left was left at the deadline.
	Missed bool
	Left   float64
}

// IdleSince returns the time from which a sample shows that a replica is idle. In an older sample, the replica may only have waited
// for its next item. It is zero if no scale-in is due.
func (s *State) IdleSince() time.Time {
	if !s.DrainedSince.IsZero() {
		return s.DrainedSince
	}
	return s.FewerSince
}

// Unfinished reports whether the last known backlog was not empty.
func (s *State) Unfinished() bool { return !s.At.IsZero() && s.DrainedSince.IsZero() }
