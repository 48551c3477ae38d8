package schedule

import (
	"iter"
	"time"
)

// Window is a compiled window: its times, and the bounds that apply then. Make one with [Compile]; the zero Window never
// opens.
type Window struct {
	Name string
	// Min and Max bound the replicas while the window is open, if HasMin and HasMax are true.
	Min, Max       int32
	HasMin, HasMax bool
	// Priority selects among windows that are open at once: the highest applies.
	Priority int32
	// Suspend keeps the window closed.
	Suspend bool
	// Batch is true for a window with a batch. It sets no bound.
	Batch bool

	// Start, End and TimeZone are the compiled values, for messages. End is empty with a Duration, and both Start and End are
	// empty for a single occurrence.
	Start, End, TimeZone string
	// Duration of each occurrence, elapsed time; 0 if the occurrence has another end.
	Duration time.Duration
	// Lead is how much earlier than its window a floor applies that is above the autoscaler's own.
	Lead time.Duration
	// Ramp is the time over which a bound moves between the autoscaler's own and the window's, after each edge.
	Ramp time.Duration

	starts, ends *line
	once         Occurrence
	// dates on which occurrences start, sorted; nil for all
	dates    []days
	location *time.Location
}

// Occurrence is one opening of a window: the interval from Start to before End.
type Occurrence struct {
	Start, End time.Time
	// Stated is how long it would last without a change of the clocks.
	Stated time.Duration
}

// Open returns the occurrence that contains now. Of overlapping occurrences it is the one with the latest start.
func (w *Window) Open(now time.Time) (Occurrence, bool) {
	o := w.last(now)
	if !o.End.After(now) {
		return Occurrence{}, false
	}
	return o, true
}

// Next returns the first occurrence that starts after now.
func (w *Window) Next(now time.Time) (Occurrence, bool) {
	o := w.next(now)
	return o, !o.Start.IsZero()
}

// Occurrences returns, in order, the occurrences that start in the interval [from, to).
func (w *Window) Occurrences(from, to time.Time) iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		for o := w.next(from.Add(-1)); !o.Start.IsZero() && o.Start.Before(to); o = w.next(o.Start) {
			if !yield(o) {
				return
			}
		}
	}
}

// next returns the first occurrence that starts after t; the zero Occurrence for none.
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

// last returns the occurrence with the latest start at or before t, which may have ended; the zero Occurrence for none.
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

// occurrence returns the occurrence of a start on the civil clock. It is empty if the clocks skip all of it.
func (w *Window) occurrence(wall time.Time) Occurrence {
	start := happens(wall, w.location)
	if w.ends == nil {
		return Occurrence{Start: start, End: start.Add(w.Duration), Stated: w.Duration}
	}
	// The end is the first one after the start on the civil clock. The first one after its instant would be that of the next
	// day if both are skipped. Starts that are skipped together need no special case: they have one end, or those before
	// the last are empty.
	end := w.ends.after(wall)
	return Occurrence{Start: start, End: happens(end, w.location), Stated: end.Sub(wall)}
}

// startAfter returns the first start after wall on the civil clock; the zero time for none.
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

// startUpTo returns the last start at or before wall on the civil clock; the zero time for none.
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
