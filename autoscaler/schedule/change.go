package schedule

import "time"

// maxJoined is the largest number of overlapping or touching occurrences that are followed to their common end.
const maxJoined = 1000

// Last returns the occurrence with the latest start at or before now. It may have ended.
func (w *Window) Last(now time.Time) (Occurrence, bool) {
	o := w.last(now)
	return o, !o.Start.IsZero()
}

// OpenedAt returns the time at which the window last opened, at or before now; the zero time if it never did. Overlapping or
// touching occurrences are one opening, of which at most maxJoined are followed back.
func (w *Window) OpenedAt(now time.Time) time.Time {
	instant, _ := w.OpenedWithin(now, maxJoined)
	return instant
}

// OpenedWithin is OpenedAt with a limit on the occurrences that it follows back; exact is false if the limit is reached.
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

// Change returns the first instant after now at which the window opens or, while it is open, closes; the zero time for never.
// Overlapping or touching occurrences are one opening; a window with more than maxJoined of them counts as always open.
func (w *Window) Change(now time.Time) (instant time.Time, opens bool) {
	instant, opens, _ = w.ChangeWithin(now, maxJoined)
	return instant, opens
}

// ChangeWithin is Change with a limit on the occurrences that it follows. It returns how many it followed, and the zero time
// if the limit is reached.
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
