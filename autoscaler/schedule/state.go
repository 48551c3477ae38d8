package schedule

import "time"

// Bounds of the replicas.
type Bounds struct{ Min, Max int32 }

// State is what a window does at an instant.
type State struct {
	// Open says that an occurrence has started and not ended.
	Open bool
	// Min and Max bound the replicas, where HasMin and HasMax say so. They may do so before the window is open, by its
	// lead, and after it, by its ramp.
	Min, Max       int32
	HasMin, HasMax bool
	// Next is the next instant at which an occurrence starts, the window closes, or a bound appears, moves or disappears; the
	// zero time for none.
	Next time.Time
}

// At is the window's State at now for an autoscaler whose own bounds are these.
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

// earlier of two instants, where the zero time is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
