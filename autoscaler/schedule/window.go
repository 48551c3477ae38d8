package schedule

import (
	"iter"
	"time"
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
	// Batch means that work is due while it is open. It sets no bound.
	Batch bool

	// Start, End and TimeZone are what was compiled, for people to read; End is empty where Duration or a single
	// occurrence was given, and Start where it was the latter.
	Start, End, TimeZone string
	// Duration of each occurrence, elapsed time; 0 where it has another end.
	Duration time.Duration
	// Lead is how much earlier than the window a floor opens that raises the autoscaler's own.
	Lead time.Duration
	// Ramp is the time over which a bound moves between the autoscaler's own and the window's, from each edge on.
	Ramp time.Duration

	starts, ends *line
	once         Occurrence
	// dates on which occurrences start, sorted; nil for all.
	dates    []days
	location *time.Location
}

// Occurrence is one opening of a window: the interval from Start to before End.
type Occurrence struct {
	Start, End time.Time
	// Stated is how long it would last if the clocks did not change.
	Stated time.Duration
}

// Open gives the occurrence in which now lies. Where occurrences overlap, it is the one that started last.
func (w *Window) Open(now time.Time) (Occurrence, bool) {
	o := w.last(now)
	if !o.End.After(now) {
		return Occurrence{}, false
	}
	return o, true
}

// Next gives the first occurrence that starts after now.
func (w *Window) Next(now time.Time) (Occurrence, bool) {
	o := w.next(now)
	return o, !o.Start.IsZero()
}

// Occurrences gives, in order, the occurrences that start in the interval from from to before to.
func (w *Window) Occurrences(from, to time.Time) iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		for o := w.next(from.Add(-1)); !o.Start.IsZero() && o.Start.Before(to); o = w.next(o.Start) {
			if !yield(o) {
				return
			}
		}
	}
}

// next is the first occurrence that starts after t; the zero Occurrence for none.
func (w *Window) next(t time.Time) Occurrence {
	switch {
	case w.Suspend, w.location == nil:
		return Occurrence{}
	case w.starts == nil:
		if w.once.Start.After(t) {
			return w.once
		}
		return Occurrence{}
	}
	for wall := reached(t, w.location); ; {
		if wall = w.startAfter(wall); wall.IsZero() {
			return Occurrence{}
		}
		if o := w.occurrence(wall); o.Start.Before(o.End) {
			return o
		}
	}
}

// last is the occurrence that started last at or before t, and may have ended; the zero Occurrence for none.
// No occurrence ends after one that starts later, so if this one has ended, all have.
func (w *Window) last(t time.Time) Occurrence {
	switch {
	case w.Suspend, w.location == nil:
		return Occurrence{}
	case w.starts == nil:
		if w.once.Start.After(t) {
			return Occurrence{}
		}
		return w.once
	}
	for wall := reached(t, w.location); ; wall = wall.Add(-time.Second) {
		if wall = w.startUpTo(wall); wall.IsZero() {
			return Occurrence{}
		}
		if o := w.occurrence(wall); o.Start.Before(o.End) {
			return o
		}
	}
}

// occurrence of a start on the civil clock. It is empty where the clocks skip the whole of it.
func (w *Window) occurrence(wall time.Time) Occurrence {
	start := happens(wall, w.location)
	if w.ends == nil {
		return Occurrence{Start: start, End: start.Add(w.Duration), Stated: w.Duration}
	}
	// The end is the first after the start on the civil clock. The first after its instant would be that of the next day
	// where both are skipped. Starts that the clocks skip together need no more care: they have one end, or those before
	// the last are empty.
	end := w.ends.after(wall)
	return Occurrence{Start: start, End: happens(end, w.location), Stated: end.Sub(wall)}
}

// startAfter is the first start after wall on the civil clock; the zero time for none.
func (w *Window) startAfter(wall time.Time) time.Time {
	for {
		if wall = w.starts.after(wall); wall.IsZero() || w.dates == nil {
			return wall
		}
		on := dayOf(wall)
		from, found := firstFrom(w.dates, on)
		switch {
		case !found:
			return time.Time{}
		case from == on:
			return wall
		}
		wall = from.begin().Add(-time.Second)
	}
}

// startUpTo is the last start at or before wall on the civil clock; the zero time for none.
func (w *Window) startUpTo(wall time.Time) time.Time {
	for {
		if wall = w.starts.upTo(wall); wall.IsZero() || w.dates == nil {
			return wall
		}
		on := dayOf(wall)
		upTo, found := lastUpTo(w.dates, on)
		switch {
		case !found:
			return time.Time{}
		case upTo == on:
			return wall
		}
		wall = (upTo + 1).begin().Add(-time.Second)
	}
}
