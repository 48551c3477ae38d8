package schedule

import "time"

// clockAhead exceeds the largest offset of any clock from UTC, and the largest step back of any clock.
const clockAhead = 26 * time.Hour

// wallClock returns the time that the clocks of loc show at t, to the second, as a UTC time.
func wallClock(t time.Time, loc *time.Location) time.Time {
	_, offset := t.In(loc).Zone()
	return t.UTC().Truncate(time.Second).Add(time.Duration(offset) * time.Second)
}

// reached returns the latest wall time that has occurred at t. It is the time that the clocks show, except after a step back:
// the clocks then repeat wall times that have already occurred, and the result stays at the time before the step.
func reached(t time.Time, loc *time.Location) time.Time {
	latest := wallClock(t, loc)
	for instant := t; ; {
		changed, _ := instant.In(loc).ZoneBounds()
		if changed.IsZero() || t.Sub(changed) > clockAhead {
			return latest
		}
		instant = changed.Add(-time.Second)
		if before := wallClock(instant, loc); before.After(latest) {
			latest = before
		}
	}
}

// happens returns the first instant at which the clocks of loc show wall, or a later time if they skip it. It never decreases
// as wall grows, and happens(w) is at or before t if and only if w is at or before reached(t).
//
// It goes through the intervals of constant offset. In each of them the clocks reach wall at one computable instant: the
// result if it lies before the interval ends. If it lies before the interval starts, the clocks skipped it.
func happens(wall time.Time, loc *time.Location) time.Time {
	for from := wall.Add(-clockAhead); ; {
		_, offset := from.In(loc).Zone()
		_, end := from.In(loc).ZoneBounds()
		instant := wall.Add(-time.Duration(offset) * time.Second)
		if instant.Before(from) {
			instant = from
		}
		if end.IsZero() || instant.Before(end) {
			return instant.In(loc)
		}
		from = end
	}
}
