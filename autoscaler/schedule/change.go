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
	instant, _ := w.OpenedWithin(now, maxJoined)
	return instant
}

// OpenedWithin is OpenedAt that follows so many occurrences back at most; exact is false with more of them.
func (w *Window) OpenedWithin(now time.Time, most int) (instant time.Time, exact bool) {
	o := w.last(now)
	for range most {
		if o.Start.IsZero() {
			return o.Start, true
		}
		before := w.last(o.Start.Add(-1))
		if before.Start.IsZero() || before.End.Before(o.Start) {
			return o.Start, true
		}
		o = before
	}
	return o.Start, false
}

// Change is the first instant after now at which the window opens, or, where it is open, closes; the zero time for never.
// Occurrences that overlap or touch are one opening; a window of which more than a thousand do is taken never to close.
func (w *Window) Change(now time.Time) (instant time.Time, opens bool) {
	instant, opens, _ = w.ChangeWithin(now, maxJoined)
	return instant, opens
}

// ChangeWithin is Change that follows so many occurrences at most, and says how many it did; at is the zero time where
// these were not enough.
func (w *Window) ChangeWithin(now time.Time, most int) (instant time.Time, opens bool, followed int) {
	o, open := w.Open(now)
	if !open {
		return w.next(now).Start, true, 1
	}
	for i := range min(most, maxJoined) {
		next := w.next(o.Start)
		if next.Start.IsZero() || next.Start.After(o.End) {
			return o.End, false, i + 1
		}
		o = next
	}
	return time.Time{}, false, min(most, maxJoined)
}
