package schedule

import "time"

// Bounds are the lower and the upper bound of the replicas.
type Bounds struct{ Min, Max int32 }

// State is the effect of a window at an instant.
type State struct {
	// Open is true from the start of an occurrence until its end.
	Open bool
	// Min and Max bound the replicas if HasMin and HasMax are true. They may apply before the window is open, by its lead, and
	// after it, by its ramp.
	Min, Max       int32
	HasMin, HasMax bool
	// Next is the next instant at which an occurrence starts, the window closes, or a bound appears, moves or disappears; the
	// zero time for none.
	Next time.Time
}

// At returns the state of the window at now for an autoscaler with these own bounds.
func (w *Window) At(now time.Time, own Bounds) State {
	last, next := w.last(now), w.next(now)
	s := State{Open: last.End.After(now), Next: next.Start}
	if s.Open {
		s.Next = earlier(s.Next, last.End)
	}
	if w.HasMin {
		b := bound{window: w, own: own.Min, its: w.Min}
		if w.Min > own.Min {
			b.lead = w.Lead
		}
		s.Min, s.HasMin = b.instant(now, last, next, &s.Next)
	}
	if w.HasMax {
		b := bound{window: w, own: own.Max, its: w.Max}
		s.Max, s.HasMax = b.instant(now, last, next, &s.Next)
	}
	return s
}

// earlier returns the earlier of two instants, where the zero time means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
