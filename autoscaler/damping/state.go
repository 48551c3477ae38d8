package damping

import (
	"slices"
	"time"
)

// State is the state of damping between syncs. The zero State is that before the first load.
type State struct {
	// Time is the time of the last load; zero for none.
	Time time.Time
	// ConfirmedLoad is the highest recent load that is confirmed, and DailyLoad the highest of about a day. SurgeSince is the start of
	// an unconfirmed surge; zero for none.
	ConfirmedLoad, DailyLoad float64
	SurgeSince               time.Time
	// Level is the filtered load, Trend its change per second, and Noise the variance of the load around them.
	Level, Trend, Noise float64
	// Forecasts are those whose time has not come, oldest first.
	Forecasts []Forecast
	// SquaredShortfall is the mean square by which forecasts were too low, and UnforeseenShare the share of the time in which they
	// were much too low.
	SquaredShortfall, UnforeseenShare float64
	// UsualLoad is the mean load of some hours, and LogPeakRatio the logarithm of the ratio of its peaks to it.
	UsualLoad, LogPeakRatio float64
	// Requirements are those of the hold, oldest first: each is higher than all later ones.
	Requirements []Requirement
	// Direction is the direction of the last change of the replicas, 1 or -1, and Reversals the decaying count of reversals.
	Direction int32
	Reversals float64
	// LoadDirection is the direction of the load, 1 or -1, LoadExtreme its extreme in that direction, and LoadReversals the
	// decaying count of its reversals.
	LoadDirection              int32
	LoadExtreme, LoadReversals float64
	// PodSeconds and HPAPodSeconds are the decaying sums of the target and of a plain HPA, which has HPAReplicas and
	// HPARequirements. HPACounts are its recent counts, each with the time from which it holds, oldest first.
	PodSeconds, HPAPodSeconds  float64
	HPAReplicas                int32
	HPARequirements, HPACounts []Requirement
	// Counts are the recent counts of the target, as HPACounts. LaterSeconds is the decaying time by which the target was late for
	// longer than the plain HPA, of ComparedSeconds. Backlog and HPABacklog are their work that waits, in replica-seconds.
	Counts                        []Requirement
	LaterSeconds, ComparedSeconds float64
	Backlog, HPABacklog           float64
	// CostLimited reports that the cost bound limits the count.
	CostLimited bool
	// Replicas is the replica count of the target at the last load.
	Replicas int32
}

// Forecast is the load that was forecast for a time.
type Forecast struct {
	Time time.Time
	Load float64
}

// Requirement is the replicas that were required at a time.
type Requirement struct {
	Time     time.Time
	Replicas float64
}

// Clone returns a copy that shares no memory with s.
func (s State) Clone() State {
	s.Forecasts = slices.Clone(s.Forecasts)
	s.Requirements = slices.Clone(s.Requirements)
	s.HPARequirements = slices.Clone(s.HPARequirements)
	s.HPACounts = slices.Clone(s.HPACounts)
	s.Counts = slices.Clone(s.Counts)
	return s
}

// Copy copies from into s, and reuses the memory of s.
func (s *State) Copy(from *State) {
	past := *s
	*s = *from
	s.Forecasts = append(past.Forecasts[:0], from.Forecasts...)
	s.Requirements = append(past.Requirements[:0], from.Requirements...)
	s.HPARequirements = append(past.HPARequirements[:0], from.HPARequirements...)
	s.HPACounts = append(past.HPACounts[:0], from.HPACounts...)
	s.Counts = append(past.Counts[:0], from.Counts...)
}
