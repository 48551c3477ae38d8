package sim

import (
	"fmt"
	"math"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/scenario"
)

// table prints a run in rows, one per interval: the offered rate, the desired replicas, the ready pods and the backlog at its
// end, and over the interval the utilization of the pods, the longest waiting time, and the first and the last change of the
// replicas with their reasons.
type table struct {
	spec  *engine.Spec
	every time.Duration
	row   row
	text  strings.Builder
}

// row collects an interval.
type row struct {
	start, length  time.Duration
	served, could  float64
	wait           float64
	changes        int
	first, latest  string // change
	withoutNumbers int
	last           Step
}

func newTable(spec *engine.Spec, every time.Duration) *table {
	t := &table{spec: spec, every: every}
	fmt.Fprintf(&t.text, "%9s %9s %8s %6s %5s %8s %7s  %s\n", "time", "load", "replicas", "ready", "busy", "backlog", "wait", "changes")
	return t
}

func (t *table) add(s *Step) {
	r := &t.row
	if r.length == 0 {
		r.start = s.At
	}
	r.length += s.Length
	r.served += s.Served
	r.could += s.Capacity * s.Length.Seconds()
	r.wait = max(r.wait, s.Wait)
	if d := s.Decision; d != nil {
		switch {
		case d.Desired != d.Current:
			r.change(fmt.Sprintf("%d→%d %s", d.Current, d.Desired, scenario.Reason(t.spec, d)))
		case d.Failed:
			r.withoutNumbers++
		}
	}
	r.last = *s
	if r.length >= t.every {
		t.end()
	}
}

func (r *row) change(words string) {
	if r.changes++; r.changes == 1 {
		r.first = words
	}
	r.latest = words
}

// notes lists the first and the last change, and the number of changes between them.
func (r *row) notes() string {
	var notes []string
	if r.changes > 0 {
		notes = append(notes, r.first)
	}
	if r.changes > 2 {
		notes = append(notes, fmt.Sprintf("%d more", r.changes-2))
	}
	if r.changes > 1 {
		notes = append(notes, r.latest)
	}
	if r.withoutNumbers > 0 {
		notes = append(notes, fmt.Sprintf("held for %d ticks", r.withoutNumbers))
	}
	return strings.Join(notes, "; ")
}

// end prints a row.
func (t *table) end() {
	r := &t.row
	busy := "-"
	if r.could > 0 {
		busy = fmt.Sprintf("%.0f%%", 100*r.served/r.could)
	}
	rate := fmt.Sprintf("%.1f", r.last.Rate)
	if !r.last.Known {
		rate += "?"
	}
	wait := fmt.Sprintf("%.2fs", r.wait)
	if math.IsInf(r.wait, 1) {
		wait = "∞"
	}
	line := fmt.Sprintf("%9s %9s %8d %6d %5s %8.0f %7s  %s", r.start+r.length, rate,
		r.last.Replicas, r.last.Ready, busy, r.last.Backlog, wait, r.notes())
	t.text.WriteString(strings.TrimRight(line, " ") + "\n")
	*r = row{}
}

// String returns the table with the incomplete last interval.
func (t *table) String() string {
	if t.row.length > 0 {
		t.end()
	}
	return t.text.String()
}
