package damping

import "time"

// Spec says what damping does. The zero Spec asks for as many replicas as the load takes, at once.
type Spec struct {
	// Surge is how many times as great as lately a load is believed to be at once: what is beyond is taken for that much until
	// it has lasted for two minutes. 0 for no limit.
	SurgeLimit float64
	// Headroom is how much of the load beyond the target a replica may carry while all is calm, as a factor; 1 or 0 for none.
	Headroom float64
	// Staffing keeps this many square roots of the replicas in hand, because few replicas share chance worse than many.
	Staffing float64
	// Safety keeps so many times in hand what the forecast was too low by, lately. 0 for nothing.
	SafetyFactor float64
	// Peaks is the share of the time for which the replicas are ready for the load's usual peaks, such as 0.9; 0 for none.
	PeakShare float64
	// MostLead bounds how far the load is forecast; 0 for no forecast.
	ForecastHorizon time.Duration
	// BandUp and BandDown are the relative distances from the need within which nothing changes.
	DeadBandUp, DeadBandDown float64
	// Hold is the time of which a scale-in takes the highest need.
	Hold time.Duration
	// GuardSteps is how often the guard against hunting may widen band and hold; 0 for no guard.
	GuardSteps int32
	// CostOver is how much more pod-seconds than a plain HPA's may be spent within CostWindow, as a share. There is no bound
	// where CostWindow is 0.
	CostBound  float64
	CostWindow time.Duration
}

// Seen is what damping goes by.
type Observation struct {
	// Load is in replicas at their target: what an HPA would want, before it is rounded up.
	Load float64
	// Current is what the target has.
	Current int32
	// Behind is how old the load is, and Start how long a pod takes to be ready.
	LoadAge, StartupTime time.Duration
	// Fullest is the greatest ratio to its target that a pod can show: what is full by the target of a utilisation. 0 where there
	// is no such limit.
	MaxRatio float64
	// Tolerance and Stabilisation are those of the HPA that cost is held against.
	Tolerance     float64
	Stabilization time.Duration
	// Fallback is the replica count that a metric without a value falls back to: it is a requirement, and the hold keeps it as
	// any other. 0 for none.
	Fallback int32
	// Least is the lower bound in force, or the replica count that a batch requires where that is higher: a plain HPA would have
	// as many. The hold does not keep it.
	LowerBound int32
	// Idle says that no replica is required: no metric is active, and the lower bound is 0. Only the hold delays zero then; neither
	// the readiness for peaks nor the error of the forecast, which take hours to fade, keeps a replica.
	Idle bool
}

// deadTime is how long a change decided now takes to be felt.
func (s *Observation) deadTime() time.Duration { return s.LoadAge + s.StartupTime }

// Wish is what damping asks for, and why.
type Recommendation struct {
	Replicas int32
	// Load is as it was seen, Believed what is made of it, Forecast what it will be after Lead, and Safety what is kept in
	// hand, all in replicas at their target. Need is the replicas for it, not rounded.
	Load, LimitedLoad, Forecast, SafetyStock, Required float64
	// Floor is the replicas for the usual peaks, below which the need does not go.
	PeakReserve float64
	Horizon     time.Duration
	// NoLoad says that no metric has a load, so that a fallback alone is the need; the fields of the load are 0 then.
	NoLoad bool
	// Idle says that no replica is required because no metric is active; Safety, Floor and Need are 0 then.
	Idle bool
	// Kept says why the replicas are not the need.
	HoldReason HoldReason
	// Highest is the highest need of the hold, and Hold how long that is.
	HighestRequired float64
	Hold            time.Duration
	// Widened is how often the guard has widened band and hold, and Reversals what it has counted lately.
	GuardSteps int32
	Reversals  float64
	// Hunts says that the replicas turn more than twice as often as the load.
	Hunting bool
	// Spent is the ratio of pod-seconds to those of a plain HPA, and Strain the share of the bound that is spent.
	CostRatio, CostBoundUsed float64
}

// Kept says why a wish is not what is needed.
type HoldReason uint8

// The reasons.
const (
	HoldWithinDeadBand    HoldReason = iota + 1 // the need is near enough
	HoldRecentRequirement                       // the need was higher a while ago
	HoldUnconfirmedSurge                        // the load is higher than what is believed of it, and a load in doubt never scales in
)

// State is what damping remembers. The zero State is that of a load that was never seen.
type State struct {
	// At is when the load was seen last; zero for never.
	Time time.Time
	// Trusted is the greatest load lately that was believed, and DoubtedSince since when a greater one is not; zero where
	// there is none.
	ConfirmedLoad float64
	SurgeSince    time.Time
	// Level and Trend are the filtered load and its change in a second, and Noise the variance of the load around them.
	Level, Trend, Noise float64
	// Forecasts are those whose time has not come.
	Forecasts []Forecast
	// Missed is the mean square of what forecasts were too low by, and Unforeseen the share of the time in which that was much.
	SquaredShortfall, UnforeseenShare float64
	// Usual is the mean load of some hours, and Peak the logarithm of how far above it the peaks are.
	UsualLoad, LogPeakRatio float64
	// Needs of the hold: each is higher than all that come after it.
	Requirements []Requirement
	// Direction of the last change, 1 or -1, and the reversals lately.
	Direction int32
	Reversals float64
	// Toward is the direction of the load, 1 or -1, Extreme how far it has gone that way, and Swings its turns lately.
	LoadDirection              int32
	LoadExtreme, LoadReversals float64
	// Own and Plain are the pod-seconds lately, of the target and of a plain HPA, that has PlainReplicas now and needs
	// of its own.
	PodSeconds, HPAPodSeconds float64
	HPAReplicas               int32
	HPARequirements           []Requirement
	// Last is the replicas there were.
	Replicas int32
}

// Forecast is what the load was said to be at a time.
type Forecast struct {
	Time time.Time
	Load float64
}

// Need is the replicas that were needed at a time.
type Requirement struct {
	Time     time.Time
	Replicas float64
}
