package schedule

import "time"

// maxJoined bounds how many occurrences that overlap or touch are followed to their common end.
const maxJoined = 1000

// Last gives the occurrence that started last at or before now, and that may have ended.
func (w *Window) Last(now time.Time) (Occurrence, bool) {
	o := w.last(now)
	return o, !o.Start.IsZero()
}

// OpenedAt is when the window last opened, at or before now; the zero time if it never did. Occurrences that overlap or touch
// are one opening, of which no more than a thousand are followed back.
func (w *Window) OpenedAt(now time.Time) time.Time {
	o := w.last(now)
	for range maxJoined {
		if o.Start.IsZero() {
			break
		}
		before := w.last(o.Start.Add(-1))
		if before.Start.IsZero() || before.End.Before(o.Start) {
			break
		}
		o = before
	}
	return o.Start
}

// Change is the first instant after now at which the window opens, or, where it is open, closes; the zero time for never.
// Occurrences that overlap or touch are one opening; a window of which more than a thousand do is taken never to close.
func (w *Window) Change(now time.Time) (at time.Time, opens bool) {
	o, open := w.Open(now)
	if !open {
		return w.next(now).Start, true
	}
	for range maxJoined {
		next := w.next(o.Start)
		if next.Start.IsZero() || next.Start.After(o.End) {
			return o.End, false
		}
		o = next
	}
	return time.Time{}, false
}
