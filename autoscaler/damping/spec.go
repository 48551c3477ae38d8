package damping

import "time"

// Spec says what damping does. The zero Spec asks for as many replicas as the load takes, at once.
type Spec struct {
	// Headroom is how much of the load beyond the target a replica may carry while all is calm, as a factor; 1 or 0 for none.
	Headroom float64
	// Staffing keeps this many square roots of the replicas in hand, because few replicas share chance worse than many.
	Staffing float64
	// Safety keeps so many times in hand what the forecast was too low by, lately. 0 for nothing.
	Safety float64
	// Peaks is the share of the time for which the replicas are ready for the load's usual peaks, such as 0.9; 0 for none.
	Peaks float64
	// MostLead bounds how far the load is forecast; 0 for no forecast.
	MostLead time.Duration
	// BandUp and BandDown are the relative distances from the need within which nothing changes.
	BandUp, BandDown float64
	// HoldUp is how long a need above the replicas lasts until it is met even within the band; 0 for never. HoldDown is the
	// time of which a scale-in takes the highest need.
	HoldUp, HoldDown time.Duration
	// RestUp lets pods that were asked for so long ago become ready before more are, unless the need is far above the
	// replicas. RestDown is the time between a change and a scale-in.
	RestUp, RestDown time.Duration
	// Descent is the largest share of the replicas that goes within a minute; 0 for no limit.
	Descent float64
	// GuardSteps is how often the guard against hunting may widen band and hold; 0 for no guard.
	GuardSteps int32
	// CostOver is how much more pod-seconds than a plain HPA's may be spent within CostWindow, as a share. There is no bound
	// where CostWindow is 0.
	CostOver   float64
	CostWindow time.Duration
}

// Seen is what damping goes by.
type Seen struct {
	// Load is in replicas at their target: what an HPA would want, before it is rounded up.
	Load float64
	// Current is what the target has.
	Current int32
	// Behind is how old the load is, and Start how long a pod takes to be ready.
	Behind, Start time.Duration
	// Fullest is the greatest ratio to its target that a pod can show: what is full by the target of a utilisation. 0 where there
	// is no such limit.
	Fullest float64
	// Tolerance and Stabilisation are those of the HPA that cost is held against.
	Tolerance     float64
	Stabilisation time.Duration
}

// deadTime is how long a change decided now takes to be felt.
func (s *Seen) deadTime() time.Duration { return s.Behind + s.Start }

// Wish is what damping asks for, and why.
type Wish struct {
	Replicas int32
	// Load is as it was seen, Forecast what it will be after Lead, and Safety what is kept in hand, all in replicas at their
	// target. Need is the replicas for it, not rounded.
	Load, Forecast, Safety, Need float64
	// Floor is the replicas for the usual peaks, below which the need does not go.
	Floor float64
	Lead  time.Duration
	// Kept says why the replicas are not the need.
	Kept Kept
	// Highest is the highest need of the hold, where a scale-in was looked at.
	Highest float64
	// Widened is how often the guard has widened band and hold, and Reversals what it has counted lately.
	Widened   int32
	Reversals float64
	// Spent is the ratio of pod-seconds to those of a plain HPA, and Strain the share of the bound that is spent.
	Spent, Strain float64
}

// Kept says why a wish is not what is needed.
type Kept uint8

// The reasons.
const (
	KeptInBand   Kept = iota + 1 // the need is near enough
	KeptHeld                     // the need was higher a while ago
	KeptStarting                 // pods that were asked for are on their way
	KeptDescent                  // no more may go within a minute
)

// State is what damping remembers. The zero State is that of a load that was never seen.
type State struct {
	// At is when the load was seen last; zero for never.
	At time.Time
	// Ready are the pods that were ready, by when that changed.
	Ready []Count
	// Level and Trend are the filtered load and its change in a second, and Noise the variance of the load around them.
	Level, Trend, Noise float64
	// Forecasts are those whose time has not come.
	Forecasts []Forecast
	// Missed is the mean square of what forecasts were too low by.
	Missed float64
	// Usual is the mean load of about an hour, and Peak the logarithm of how far above it the peaks are.
	Usual, Peak float64
	// Needs of the hold: each is higher than all that come after it.
	Needs []Need
	// AboveSince is since when the need has been above the replicas; zero where it is not.
	AboveSince time.Time
	// Direction of the last change, 1 or -1, when it was and what it came to; and the reversals lately.
	Direction int32
	Changed   time.Time
	Reversals float64
	// Own and Plain are the pod-seconds lately, of the target and of a plain HPA, that has PlainReplicas now and needs
	// of its own.
	Own, Plain    float64
	PlainReplicas int32
	PlainNeeds    []Need
	// Fell is the replicas that have gone within the last minute, leaking away.
	Fell float64
	// Last is the replicas there were.
	Last int32
}

// Forecast is what the load was said to be at a time.
type Forecast struct {
	At   time.Time
	Load float64
}

// Need is the replicas that were needed at a time.
type Need struct {
	At       time.Time
	Replicas float64
}
