package engine

import (
	"slices"
	"time"
)

// RecordScale records that the target was scaled to d.Desired, because rate policies count changes that were made, not decisions.
// It also sets the conditions of d that only a change sets. Do not call it for a decision that changes nothing, or whose write
// failed.
func RecordScale(state State, d *Decision, now time.Time) State {
	d.AbleToScale = Verdict{Status: True, Reason: ReasonSucceededRescale}
	d.ScaledToZero = Verdict{Status: False, Reason: ReasonNotScaledToZero}
	if d.TakesToZero {
		d.ScaledToZero = Verdict{Status: True, Reason: ReasonScaledToZero}
	}
	state.ScaledToZero = d.TakesToZero
	if d.Current == 0 && d.Desired > 0 {
		state.Activated = now
	}
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

// RecordOtherScale records that another controller scaled the target, for an autoscaler that only watches. Its rate policies then count
// that change as its own, so that it continues from there if it scales the target itself. The state stays as it is for a target that the
// other controller scaled to zero.
func RecordOtherScale(state State, spec *Spec, from, to int32, now time.Time) State {
	if from == to {
		return state
	}
	d := Decision{Current: from, Desired: to, RatePeriod: spec.ratePeriod(to > from)}
	return RecordScale(state, &d, now)
}

// ratePeriod returns how long a change counts for the rate policies of its direction; 0 without a behavior.
func (s *Spec) ratePeriod(up bool) time.Duration {
	switch {
	case !s.HasBehavior:
		return 0
	case up:
		return s.Up.longestPeriod()
	default:
		return s.Down.longestPeriod()
	}
}

// record replaces an event that is, or was, older than the period of every policy by the event, or appends it.
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

// Clone returns a copy that shares no memory with s.
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

// Copy makes s a copy of from that shares no memory with it, in the memory of s.
func (s *State) Copy(from *State) {
	into := *s
	*s = *from
	s.Recommendations = append(into.Recommendations[:0], from.Recommendations...)
	s.Ups = append(into.Ups[:0], from.Ups...)
	s.Downs = append(into.Downs[:0], from.Downs...)
	s.Outages = append(into.Outages[:0], from.Outages...)
	s.Batches = append(into.Batches[:0], from.Batches...)
	s.Ready = append(into.Ready[:0], from.Ready...)
	s.Samples = append(into.Samples[:0], from.Samples...)
	s.Damping = into.Damping
	s.Damping.Copy(&from.Damping)
}
