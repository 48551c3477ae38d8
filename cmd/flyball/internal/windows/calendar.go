package windows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/schedule"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// listed is an occurrence of a window of a target.
type listed struct {
	schedule.Occurrence
	window *schedule.Window
	target *target
}

// calendar lists the occurrences that start in an interval, sorted by start, window and target.
func calendar(targets []*target, from, to time.Time) []listed {
	var all []listed
	for _, t := range targets {
		for i := range t.windows {
			for o := range t.windows[i].Occurrences(from, to) {
				all = append(all, listed{o, &t.windows[i], t})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b listed) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.window.Name, b.window.Name), cmp.Compare(a.target.name, b.target.name))
	})
	return all
}

// windowKey is a window of a target.
type windowKey struct {
	window *schedule.Window
	target *target
}

func (o *listed) key() windowKey { return windowKey{o.window, o.target} }

// merged joins overlapping and adjacent occurrences of one window of one target, in which the window is open without a break. It
// keeps occurrences of a batch apart, because each has its own deadline, and the order.
func merged(all []listed) []listed {
	last := map[windowKey]int{}
	var joined []listed
	for _, o := range all {
		k := o.key()
		if i, found := last[k]; found && !o.window.Batch && !o.Start.After(joined[i].End) {
			if o.End.After(joined[i].End) {
				joined[i].End = o.End
			}
			continue
		}
		last[k] = len(joined)
		joined = append(joined, o)
	}
	return joined
}

// occurrence as JSON. The times have the offset of the window's time zone.
type occurrence struct {
	Window string `json:"window"`
	Target string `json:"target"`
	Start  string `json:"start"`
	End    string `json:"end"`
}

// calendarReport is the calendar as JSON.
type calendarReport struct {
	Occurrences []occurrence `json:"occurrences"`
	Warnings    []string     `json:"warnings,omitempty"`
}

func newReport(all []listed, warnings []string) *calendarReport {
	r := &calendarReport{Occurrences: make([]occurrence, len(all)), Warnings: warnings}
	for i := range all {
		o := &all[i]
		r.Occurrences[i] = occurrence{o.window.Name, o.target.name, o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339)}
	}
	return r
}

// table is the calendar as text, with a row for each occurrence. The date stands in its first row only.
func table(all []listed, from, to time.Time) string {
	if len(all) == 0 {
		return fmt.Sprintf("No window opens from %s to %s.\n", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	var rows [][]any
	before := ""
	for i := range all {
		o := &all[i]
		date := o.Start.Format("Mon 2006-01-02")
		shown := date
		if date == before {
			shown = ""
		}
		before = date
		rows = append(rows, []any{
			shown, clockTime(o.Start), endTime(o.Occurrence), duration.HumanDuration(o.End.Sub(o.Start)),
			o.window.TimeZone, o.window.Name, o.target.name, boundsOf(o.window),
		})
	}
	return output.Table([]string{"DATE", "START", "END", "LASTS", "ZONE", "WINDOW", "TARGET", "BOUNDS"}, rows)
}

func clockTime(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}

// endTime has no date if the end is on the date of the start.
func endTime(o schedule.Occurrence) string {
	switch days := o.End.Sub(o.Start) / (24 * time.Hour); {
	case o.Start.Format(time.DateOnly) == o.End.Format(time.DateOnly):
		return clockTime(o.End)
	case days < 6:
		return o.End.Format("Mon ") + clockTime(o.End)
	default:
		return o.End.Format("2006-01-02 ") + clockTime(o.End)
	}
}

// boundsOf describes what a window sets.
func boundsOf(w *schedule.Window) string {
	var b []string
	switch {
	case w.HasMin && w.HasMax && w.Min == w.Max:
		b = append(b, fmt.Sprintf("exactly %d", w.Min))
	case w.HasMin && w.HasMax:
		b = append(b, fmt.Sprintf("%d to %d", w.Min, w.Max))
	case w.HasMin:
		b = append(b, fmt.Sprintf("at least %d", w.Min))
	case w.HasMax:
		b = append(b, fmt.Sprintf("at most %d", w.Max))
	}
	if w.Batch {
		b = append(b, "batch")
	}
	if w.Lead > 0 {
		b = append(b, "lead "+duration.HumanDuration(w.Lead))
	}
	if w.Ramp > 0 {
		b = append(b, "ramp "+duration.HumanDuration(w.Ramp))
	}
	if w.Priority != 0 {
		b = append(b, fmt.Sprintf("priority %d", w.Priority))
	}
	return strings.Join(b, ", ")
}
