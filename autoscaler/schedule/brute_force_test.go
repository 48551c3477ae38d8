package schedule_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// The twin looks at the clocks from some time before a change until lookAhead after it, and is compared in the days around it.
const (
	lookAhead = 9 * 24 * time.Hour
	around    = 36 * time.Hour
)

// span is an occurrence of the twin. Its end is the zero time where that is later than the twin looks.
type span struct{ start, end time.Time }

// dumb finds the occurrences by looking at the clocks at each minute. A wall time happens when they show it for the first
// time, or a later one.
func dumb(r *randomWindow, c change) []span {
	var found []span
	var nominal []time.Time
	begin := c.instant.AddDate(0, 0, -r.longest()).Truncate(time.Minute)
	latest := begin.Add(offset(begin, c.loc)).UTC()
	date, starts, ends := time.Time{}, false, false
	_, until := begin.In(c.loc).ZoneBounds()
	off := offset(begin, c.loc)
	for instant := begin; instant.Before(c.instant.Add(lookAhead)); instant = instant.Add(time.Minute) {
		if !until.IsZero() && !instant.Before(until) {
			off = offset(instant, c.loc)
			_, until = instant.In(c.loc).ZoneBounds()
		}
		for shown := instant.Add(off).UTC(); latest.Before(shown); {
			latest = latest.Add(time.Minute)
			if day := latest.Truncate(24 * time.Hour); !day.Equal(date) {
				date, starts, ends = day, r.start.matchesDay(day) && r.dated(day.Format(time.DateOnly)), r.end.matchesDay(day)
			}
			if r.ends(latest, ends) {
				for i := range found {
					if found[i].end.IsZero() && nominal[i].Before(latest) {
						found[i].end = instant
					}
				}
			}
			if r.starts(latest, starts) {
				found, nominal = append(found, span{start: instant}), append(nominal, latest)
			}
		}
	}
	if r.timing.Duration > 0 {
		for i := range found {
			found[i].end = found[i].start.Add(r.timing.Duration)
		}
	}
	return lasting(found)
}

// longest is how many days an occurrence can last, with a few to spare: two months where the end is not on each day.
func (r *randomWindow) longest() int {
	if r.end[2].values != nil || r.end[4].values != nil {
		return 66
	}
	return 9
}

func (r *randomWindow) starts(wall time.Time, onDay bool) bool {
	if r.timing.Start == "" {
		return wall.Equal(r.from) && r.dated(wall.Format(time.DateOnly))
	}
	return onDay && r.start[0].contains(wall.Minute()) && r.start[1].contains(wall.Hour())
}

func (r *randomWindow) ends(wall time.Time, onDay bool) bool {
	switch {
	case r.timing.Start == "":
		return wall.Equal(r.to)
	case r.timing.End == "":
		return false
	}
	return onDay && r.end[0].contains(wall.Minute()) && r.end[1].contains(wall.Hour())
}

// lasting leaves out what is empty, and all but the last of those that start at once.
func lasting(found []span) []span {
	var left []span
	for i, s := range found {
		if (i+1 < len(found) && found[i+1].start.Equal(s.start)) || s.start.Equal(s.end) {
			continue
		}
		left = append(left, s)
	}
	return left
}

// hold compares the window with the twin's occurrences, edge by edge, and counts the edges.
func hold(t *testing.T, w *schedule.Window, r *randomWindow, c change, occurrences []span) int {
	t.Helper()
	from, to := c.instant.Add(-around), c.instant.Add(around)
	i, _ := slices.BinarySearchFunc(occurrences, from, func(s span, t time.Time) int { return cmp.Compare(s.start.Unix(), t.Unix()) })
	for o := range w.Occurrences(from, to) {
		if i == len(occurrences) || !occurrences[i].start.Equal(o.Start) || (!occurrences[i].end.IsZero() && !occurrences[i].end.Equal(o.End)) {
			t.Errorf("%+v: occurrence %d is %s to %s, of the twin %v", r.timing, i, o.Start, o.End, occurrences[min(i, len(occurrences)):min(i+1, len(occurrences))])
			return 0
		}
		i++
	}
	if i < len(occurrences) && occurrences[i].start.Before(to) {
		t.Errorf("%+v: no occurrence at %s", r.timing, occurrences[i].start)
	}
	edges := 0
	for instant := from; instant.Before(to); edges++ {
		ok := w.At(instant, r.own)
		next := ok.Next
		if next.IsZero() || next.After(to) {
			next = to
		}
		for _, look := range []time.Time{instant, instant.Add(next.Sub(instant) / 2), next.Add(-time.Second), next.Add(-1)} {
			if !look.Before(instant) && look.Before(next) {
				r.compare(t, ok, look, occurrences)
			}
		}
		if before, after := r.state(next.Add(-1), occurrences), r.state(next, occurrences); before == after && next.Before(to) && !startsAt(occurrences, next) {
			t.Errorf("%+v: nothing changes at %s, which is the next change after %s: %+v", r.timing, next, instant, after)
		}
		if t.Failed() {
			return edges
		}
		if !next.After(instant) {
			t.Fatalf("%+v: the next change after %s is at %s", r.timing, instant, next)
		}
		instant = next
	}
	return edges
}

func startsAt(occurrences []span, instant time.Time) bool {
	return slices.ContainsFunc(occurrences, func(s span) bool { return s.start.Equal(instant) })
}

func (r *randomWindow) compare(t *testing.T, got schedule.State, instant time.Time, occurrences []span) {
	t.Helper()
	got.Next = time.Time{}
	if want := r.state(instant, occurrences); got != want {
		t.Errorf("%+v, own bounds %v, window's %d and %d: at %s it is %+v, of the twin %+v", r.timing, r.own, r.min, r.max, instant, got, want)
	}
}

// state is the twin's answer at an instant.
func (r *randomWindow) state(instant time.Time, occurrences []span) schedule.State {
	var s schedule.State
	for _, o := range occurrences {
		s.Open = s.Open || !o.start.After(instant) && (o.end.IsZero() || o.end.After(instant))
	}
	if r.min >= 0 {
		lead := r.timing.Lead
		if r.min <= r.own.Min {
			lead = 0
		}
		s.Min, s.HasMin = r.line(instant, occurrences, r.own.Min, r.min, lead)
	}
	if r.max >= 0 {
		s.Max, s.HasMax = r.line(instant, occurrences, r.own.Max, r.max, 0)
	}
	return s
}

// line is where a bound stands at an instant: it walks through the runs, one after the other.
func (r *randomWindow) line(instant time.Time, occurrences []span, own, its int32, lead time.Duration) (int32, bool) {
	var runs []span
	for _, o := range occurrences {
		o.start = o.start.Add(-lead)
		if last := len(runs) - 1; last >= 0 && (runs[last].end.IsZero() || !o.start.After(runs[last].end)) {
			if o.end.IsZero() || (!runs[last].end.IsZero() && o.end.After(runs[last].end)) {
				runs[last].end = o.end
			}
			continue
		}
		runs = append(runs, o)
	}
	steps := max(its, own) - min(its, own)
	for i, run := range slices.Backward(runs) {
		if run.start.After(instant) {
			continue
		}
		whole := r.timing.Ramp == 0 || i > 0 && run.start.Sub(runs[i-1].end) < r.timing.Ramp
		risen := func(until time.Time) time.Duration {
			if whole {
				return r.timing.Ramp
			}
			return min(r.timing.Ramp, until.Sub(run.start).Truncate(time.Second))
		}
		if run.end.IsZero() || run.end.After(instant) {
			n := int32(0)
			for n < steps && int64(n+1)*int64(r.timing.Ramp/time.Second) <= int64(steps)*int64(risen(instant)/time.Second) {
				n++
			}
			return own + sign(its-own)*n, true
		}
		left := risen(run.end) - instant.Sub(run.end).Truncate(time.Second)
		n := int32(0)
		for n < steps && int64(n)*int64(r.timing.Ramp/time.Second) < int64(steps)*int64(left/time.Second) {
			n++
		}
		if n == 0 {
			return 0, false
		}
		return own + sign(its-own)*n, true
	}
	return 0, false
}

func sign(n int32) int32 { return int32(cmp.Compare(n, 0)) }
