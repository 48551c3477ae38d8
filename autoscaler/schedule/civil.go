package schedule

import "time"

// clockAhead is more than any clock was ever ahead of UTC.
const clockAhead = 26 * time.Hour

// wallClock is what the clocks of loc show at t, to the second, written as if it were UTC.
func wallClock(t time.Time, loc *time.Location) time.Time {
	_, offset := t.In(loc).Zone()
	return t.UTC().Truncate(time.Second).Add(time.Duration(offset) * time.Second)
}

// happens is the first instant at which the clocks of loc show wall, or a later time where they skip it.
//
// It walks the stretches of constant offset. In each of them the clocks reach wall at one computable instant, which is
// the answer if it lies before the stretch ends; if it lies before the stretch begins, the clocks jumped over it.
func happens(wall time.Time, loc *time.Location) time.Time {
	for from := wall.Add(-clockAhead); ; {
		_, offset := from.In(loc).Zone()
		_, end := from.In(loc).ZoneBounds()
		at := wall.Add(-time.Duration(offset) * time.Second)
		if at.Before(from) {
			at = from
		}
		if end.IsZero() || at.Before(end) {
			return at.In(loc)
		}
		from = end
	}
}
