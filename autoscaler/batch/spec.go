package batch

import "time"

// Source says where the throughput of a replica is known from.
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
	// Rate is how much of the backlog one replica works off in a second: as stated, or the first guess. Greater than 0,
	// but where it is Measured.
	Rate float64
	// Margin is the share by which the work is taken to be more than it is. Not negative.
	Margin float64
	// LongestItem is how long the longest item takes; 0 where it is unknown. Then the longest is taken to take five times
	// as long as the mean.
	LongestItem time.Duration
	// Stays says that a replica that is ready stays until nothing is left, so that there is no going back to fewer.
	Stays bool
	// ItemSize is how much of the backlog one item is; 0 for 1. One replica at a time works on an item, so a plan has no more
	// replicas than items.
	ItemSize float64
	// Divisible says that the backlog has no items: any number of replicas can share any part of it.
	Divisible bool
}

// itemSize is how much of the backlog one replica at least works on: an item, or one unit of a backlog without items.
func (s *Spec) itemSize() float64 {
	if s.Divisible || s.ItemSize <= 0 {
		return 1
	}
	return s.ItemSize
}

// Observation is what is known at a tick. Backlog and the rates are in the same unit, which is whatever the backlog is counted in.
type Observation struct {
	// Start and Deadline of the work: Start tells one occurrence from another.
	Start, Deadline time.Time
	// Problem says why the backlog is unknown; empty where it is known. Then Backlog is what was left at the time At.
	Problem string
	Backlog float64
	At      time.Time
	// Arrivals a second, where HasArrivals says so.
	Arrivals    float64
	HasArrivals bool
	// Throughput of one replica as measured, where HasThroughput says so.
	Throughput    float64
	HasThroughput bool
	// Shared says that it is what all did together, by the ready replicas. All did it over a while that nobody tells, so that
	// it is too little while replicas have only just become ready.
	Shared bool
	// Current replicas are asked for, Ready ones work.
	Current, Ready int32
	// Busy is how many replicas must stay so that none that works is taken away; 0 where nobody tells.
	Busy int32
	// StartUp is how long a new replica takes to be ready.
	StartUp time.Duration
	// Min and Max bound the replicas.
	Min, Max int32
}

// Phase says how the work stands.
type Phase uint8

// The phases.
const (
	OnTime  Phase = iota + 1 // it will be done by the deadline
	Drained                  // nothing is left
	AtRisk                   // the most replicas that there can be will not do it in time
	Late                     // the deadline has passed, and something is left
)

// Plan is the answer, and what it was made of.
type Plan struct {
	Phase           Phase
	Start, Deadline time.Time
	// Replicas that there should be, within the bounds. Where the backlog is unknown, no fewer than there are.
	Replicas int32
	// Needed are the replicas that the work takes, bounds and hysteresis aside; at most Items.
	Needed int32
	// Items is the number of items that are left, and that are expected by the deadline; MaxInt32 of a divisible backlog.
	Items int32
	// Problem says why the backlog is unknown. Backlog is then what it is taken to be.
	Problem string
	Backlog float64
	// Throughput of a replica a second, with its standard error; the plan counts on Throughput − Error.
	Throughput, Error float64
	// Arrivals a second that are counted on until the deadline.
	Arrivals float64
	// StartUp of a replica, and Tail, the time before the deadline by which the last item must have been begun.
	StartUp, Tail time.Duration
	// Finish is when nothing will be left, as it goes now with the planned replicas; zero for never.
	Finish time.Time
	// Missed says that something was left at the deadline, and Left how much.
	Missed bool
	Left   float64
	// Fewer says that fewer replicas would do, but have not for long enough, and Held that the plan made earlier is kept.
	Held, Fewer bool
	// Busy is how many replicas must stay so that none that works is taken away, and HeldBusy says that they are more than
	// there would be otherwise.
	Busy     int32
	HeldBusy bool
}

// State is what is remembered between ticks. The zero State knows nothing.
type State struct {
	// Start and Deadline of the occurrence that the rest is about; what was learned outlives it.
	Start, Deadline time.Time
	Rate            Rate
	// Backlog at the time At is the last that was known.
	Backlog float64
	At      time.Time
	// Arrivals a second, as far as they could be told, and when that was last.
	Arrivals float64
	Watched  time.Time
	// Ready replicas, and since when they have been about as many, and had work.
	Ready  int32
	Steady time.Time
	// Planned replicas, 0 before the first plan, and when they are to have done all.
	Planned int32
	Aim     time.Time
	// FewerSince is the time of the first sample since which far fewer replicas than planned have been enough, and Fewer the most
	// of them; zero where they are not.
	FewerSince time.Time
	Fewer      int32
	// DrainedSince is the time of the first sample since which nothing has been left; zero where something is.
	DrainedSince time.Time
	AtRisk       bool
	// Missed says that at the deadline Left was left.
	Missed bool
	Left   float64
}

// IdleSince is the time from which a sample shows that a replica is idle: in an older sample it may have been idle because its
// next item had not come yet. The zero time where nothing is about to be released.
func (s *State) IdleSince() time.Time {
	if !s.DrainedSince.IsZero() {
		return s.DrainedSince
	}
	return s.FewerSince
}

// Unfinished says that something was left when last something was known.
func (s *State) Unfinished() bool { return !s.At.IsZero() && s.DrainedSince.IsZero() }
