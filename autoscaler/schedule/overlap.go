package schedule

import "time"

// maxLeaps is the largest number of occurrences that are compared to find whether two windows meet.
const maxLeaps = 10_000

// Contradict reports whether the bounds of two windows cannot both apply while both are open, and which window has the floor.
// Windows of different priority do not conflict: the higher one applies.
func Contradict(a, b *Window) (floor, ceiling *Window, contradict bool) {
	switch {
	case a.Priority != b.Priority:
	case a.HasMin && b.HasMax && a.Min > b.Max:
		return a, b, true
	case b.HasMin && a.HasMax && b.Min > a.Max:
		return b, a, true
	}
	return nil, nil, false
}

// Meet returns the first time, at or after from, at which two windows are open at once, starting before to. It stops after
// maxLeaps occurrences.
func Meet(a, b *Window, from, to time.Time) (Occurrence, bool) {
	instant := from
	for range maxLeaps {
		inA, inB := a.from(instant), b.from(instant)
		switch {
		case inA.Start.IsZero() || inB.Start.IsZero():
			return Occurrence{}, false
		case inA.Start.After(instant) || inB.Start.After(instant):
			instant = later(instant, later(inA.Start, inB.Start))
		default:
			end := earlier(inA.End, inB.End)
			return Occurrence{Start: instant.In(inA.Start.Location()), End: end, Stated: end.Sub(instant)}, true
		}
		if !instant.Before(to) {
			break
		}
	}
	return Occurrence{}, false
}

// from returns the occurrence that is open at t, or else the next one; the zero Occurrence for none.
func (w *Window) from(t time.Time) Occurrence {
	if o, open := w.Open(t); open {
		return o
	}
	return w.next(t)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
