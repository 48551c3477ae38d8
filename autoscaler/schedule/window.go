package schedule

import (
	"iter"
	"time"

	"github.com/robfig/cron/v3"
)

// Window is a compiled window: when it is open, and the bounds that hold then. Make one with [Compile]; the zero Window
// never opens.
type Window struct {
	Name string
	// Min and Max bound the replicas while the window is open, where HasMin and HasMax say so.
	Min, Max       int32
	HasMin, HasMax bool
	// Priority decides between windows that are open at once: the highest wins.
	Priority int32
	// Suspend keeps the window closed.
	Suspend bool

	// Start and TimeZone are what was compiled, for people to read.
	Start, TimeZone string
	// Duration of each occurrence, elapsed time.
	Duration time.Duration

	starts   cron.Schedule
	location *time.Location
}

// Occurrence is one opening of a window: the interval from Start to before End.
type Occurrence struct {
	Start, End time.Time
}

// Open gives the occurrence in which now lies. Where occurrences overlap, it is the earliest.
func (w *Window) Open(now time.Time) (Occurrence, bool) {
	// An occurrence contains now if, and only if, it starts after now less the duration and not after now.
	o := w.next(now.Add(-w.Duration))
	if o.Start.IsZero() || o.Start.After(now) {
		return Occurrence{}, false
	}
	return o, true
}

// NextEdge is the first instant after now at which an occurrence starts or ends; the zero time if there is none.
func (w *Window) NextEdge(now time.Time) time.Time {
	next := w.next(now).Start
	if open, found := w.Open(now); found && (next.IsZero() || open.End.Before(next)) {
		return open.End
	}
	return next
}

// Next gives the first occurrence that starts after now.
func (w *Window) Next(now time.Time) (Occurrence, bool) {
	o := w.next(now)
	return o, !o.Start.IsZero()
}

// Occurrences gives, in order, the occurrences of which some part lies in the interval from from to before to.
func (w *Window) Occurrences(from, to time.Time) iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		for o := w.next(from.Add(-w.Duration)); !o.Start.IsZero() && o.Start.Before(to); o = w.next(o.Start) {
			if !yield(o) {
				return
			}
		}
	}
}

// next is the first occurrence that starts after t; the zero Occurrence if there is none.
func (w *Window) next(t time.Time) Occurrence {
	if w.starts == nil || w.Suspend {
		return Occurrence{}
	}
	// A start that the clocks already show at t, or have passed, happened at or before t: the first instant at which
	// they show it cannot come later. So the search begins with what they show at t. It may find starts that happened
	// before t all the same, where the clocks have been set back since.
	wall := wallClock(t, w.location)
	for {
		if wall = nextWall(w.starts, wall); wall.IsZero() {
			return Occurrence{}
		}
		if at := happens(wall, w.location); at.After(t) {
			return Occurrence{Start: at, End: at.Add(w.Duration)}
		}
	}
}

// nextWall is the first civil time after wall that the line matches; the zero time if there is none. The library gives up
// after five years, which is too early for 29 February around a year such as 2100.
func nextWall(starts cron.Schedule, wall time.Time) time.Time {
	next := starts.Next(wall)
	if next.IsZero() {
		next = starts.Next(wall.AddDate(4, 0, 0))
	}
	return next
}
