package engine

import (
	"slices"
	"time"
)

// Applied is told that the target has been given d.Desired, and remembers it: rate policies count changes that were
// made, not ones that were wished for. It also gives d the verdicts that only a change brings. Do not call it for a
// decision that changes nothing or that could not be written.
func RecordScale(state State, d *Decision, now time.Time) State {
	d.AbleToScale = Verdict{Status: True, Reason: ReasonSucceededRescale}
	d.ScaledToZero = Verdict{Status: False, Reason: ReasonNotScaledToZero}
	if d.TakesToZero {
		d.ScaledToZero = Verdict{Status: True, Reason: ReasonScaledToZero}
	}
	state.ScaledToZero = d.TakesToZero
	if d.Desired < d.Current {
		state.ScaledIn = ReadyCount{Time: now, Ready: d.Desired}
	}
	if d.RatePeriod <= 0 {
		return state
	}
	if d.Desired > d.Current {
		state.Ups = record(state.Ups, ScaleEvent{Change: d.Desired - d.Current, Time: now}, now.Add(-d.RatePeriod))
	} else {
		state.Downs = record(state.Downs, ScaleEvent{Change: d.Current - d.Desired, Time: now}, now.Add(-d.RatePeriod))
	}
	return state
}

// record puts the event in the place of one that is, or once was, older than every policy's period, or at the end.
func record(events []ScaleEvent, event ScaleEvent, cutoff time.Time) []ScaleEvent {
	free := -1
	for i := range events {
		if events[i].Outdated = events[i].Outdated || events[i].Time.Before(cutoff); events[i].Outdated {
			free = i
		}
	}
	if free < 0 {
		return append(events, event)
	}
	events[free] = event
	return events
}

// Clone gives a State that shares no memory with s.
func (s State) Clone() State {
	s.Recommendations = slices.Clone(s.Recommendations)
	s.Ups = slices.Clone(s.Ups)
	s.Downs = slices.Clone(s.Downs)
	s.Outages = slices.Clone(s.Outages)
	s.Batches = slices.Clone(s.Batches)
	s.Ready = slices.Clone(s.Ready)
	s.Samples = slices.Clone(s.Samples)
	s.Damping = s.Damping.Clone()
	return s
}
