package schedule

import "time"

// clockAhead is more than any clock was ever ahead of UTC, and more than any was ever set back.
const clockAhead = 26 * time.Hour

// wallClock is what the clocks of loc show at t, to the second, written as if it were UTC.
func wallClock(t time.Time, loc *time.Location) time.Time {
	_, offset := t.In(loc).Zone()
	return t.UTC().Truncate(time.Second).Add(time.Duration(offset) * time.Second)
}

// reached is the latest wall time that has happened at t. It is what the clocks show, but for the time after they were
// set back, in which it is what they showed before: they show those wall times again, but they do not happen again.
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

// happens is the first instant at which the clocks of loc show wall, or a later time where they skip it. It never
// decreases as wall grows, and happens(w) is at or before t if, and only if, w is at or before reached(t).
//
// It walks the stretches of constant offset. In each of them the clocks reach wall at one computable instant, which is
// the answer if it lies before the stretch ends; if it lies before the stretch begins, the clocks jumped over it.
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
