package schedule

import "time"

// bound is one bound of a window over time: its applies from each start, or its lead, to each end, and own otherwise. With a
// ramp, the bound moves linearly between the two after each edge, in whole replicas, each when the line has reached it, and at
// most once a second.
//
// Overlapping or touching occurrences, leads included, are one run. A run starts without a ramp if the ramp of the previous
// run has not ended.
type bound struct {
	window   *Window
	own, its int32
	lead     time.Duration
}

// instant returns the bound at now, if it applies, and lowers next to the instant of its next move. last and coming are the
// occurrences around now.
func (b *bound) instant(now time.Time, last, coming Occurrence, next *time.Time) (int32, bool) {
	begins := coming.Start.Add(-b.lead)
	early := !coming.Start.IsZero() && !begins.After(now)
	switch {
	case last.End.After(now):
		// A lead that starts while the window is open has no effect.
		value, moves := b.opening(now, b.runOf(last, now))
		*next = earlier(*next, moves)
		return value, true
	case early:
		value, moves := b.opening(now, b.runOf(coming, now))
		*next = earlier(*next, moves)
		return value, true
	}
	var value int32
	var moves time.Time
	holds := false
	if !last.End.IsZero() {
		value, moves, holds = b.closing(now, b.runOf(last, last.End), last.End)
	}
	if holds && value == b.its && !coming.Start.IsZero() && !moves.Before(begins) {
		// The next run starts, without a ramp, before the ramp of this one has moved the bound: nothing changes.
		return value, true
	}
	*next = earlier(*next, moves)
	if !coming.Start.IsZero() {
		*next = earlier(*next, begins)
	}
	return value, holds
}

// run is an interval in which the bound applies without a break.
type run struct {
	begin time.Time
	// whole is true if the run starts without a ramp.
	whole bool
}

// runOf returns the run of o. It searches back from now only as far as the ramp reaches, because earlier occurrences have no
// effect.
func (b *bound) runOf(o Occurrence, now time.Time) run {
	ramp := b.window.Ramp
	for {
		begin := o.Start.Add(-b.lead)
		if now.Sub(begin) >= ramp {
			return run{begin: begin, whole: ramp < time.Second}
		}
		before := b.window.last(o.Start.Add(-1))
		switch gap := begin.Sub(before.End); {
		case before.End.IsZero():
			return run{begin: begin}
		case gap > 0:
			return run{begin: begin, whole: gap < ramp}
		}
		o = before
	}
}

// opening returns the bound in a run and the instant of its next move; the zero time for none.
func (b *bound) opening(now time.Time, r run) (int32, time.Time) {
	way, ramp := b.way(), seconds(b.window.Ramp)
	gone := seconds(now.Sub(r.begin))
	if r.whole || way == 0 || gone >= ramp {
		return b.its, time.Time{}
	}
	done := way * gone / ramp
	return b.toward(b.own, b.its, done), r.begin.Add(inSeconds(ceil((done+1)*ramp, way)))
}

// closing returns the bound after a run, the instant of its next move, and whether it still applies.
func (b *bound) closing(now time.Time, r run, end time.Time) (int32, time.Time, bool) {
	way, ramp := b.way(), seconds(b.window.Ramp)
	if way == 0 || ramp == 0 {
		return 0, time.Time{}, false
	}
	reached := seconds(end.Sub(r.begin))
	if r.whole || reached > ramp {
		reached = ramp
	}
	gone := seconds(now.Sub(end))
	left := ceil(way*max(0, reached-gone), ramp)
	if left == 0 {
		return 0, time.Time{}, false
	}
	return b.toward(b.own, b.its, left), end.Add(inSeconds(reached - (left-1)*ramp/way)), true
}

// way returns the distance of the two bounds.
func (b *bound) way() int64 {
	way := int64(b.its) - int64(b.own)
	return max(way, -way)
}

// toward returns the bound that is so many replicas from one bound to the other.
func (*bound) toward(from, to int32, by int64) int32 {
	if to < from {
		by = -by
	}
	return int32(int64(from) + by)
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func inSeconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// ceil returns the quotient of two non-negative durations, rounded up.
func ceil(a, b int64) int64 { return (a + b - 1) / b }
