package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/schedule"
)

// listed is an occurrence of a window of a target.
type listed struct {
	schedule.Occurrence
	window *schedule.Window
	target *target
}

// calendar lists the occurrences that start in an interval, by their start, then window, then target.
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

// openKey is a window of a target.
type openKey struct {
	window *schedule.Window
	target *target
}

func (o *listed) key() openKey { return openKey{o.window, o.target} }

// merged joins occurrences of one window of one target that overlap or follow each other without a gap: they are one time in
// which the window is open. Occurrences of a batch stay apart, because each has its own deadline. The order is kept.
func merged(all []listed) []listed {
	last := map[openKey]int{}
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

// occurrence for programs. The times have the offset of the window's time zone.
type occurrence struct {
	Window string `json:"window"`
	Target string `json:"target"`
	Start  string `json:"start"`
	End    string `json:"end"`
}

// occurrences are the answer for programs.
type occurrences struct {
	Occurrences []occurrence `json:"occurrences"`
	Warnings    []string     `json:"warnings,omitempty"`
}

func forPrograms(all []listed, warnings []string) *occurrences {
	answer := &occurrences{Occurrences: make([]occurrence, len(all)), Warnings: warnings}
	for i := range all {
		o := &all[i]
		answer.Occurrences[i] = occurrence{o.window.Name, o.target.name, o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339)}
	}
	return answer
}

// table is the calendar for people: a line for each occurrence, and the date where it is a new one.
func table(all []listed, from, to time.Time) string {
	if len(all) == 0 {
		return fmt.Sprintf("No window opens from %s to %s.\n", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row(w, "DATE", "START", "END", "LASTS", "ZONE", "WINDOW", "TARGET", "BOUNDS")
	before := ""
	for i := range all {
		o := &all[i]
		date := o.Start.Format("Mon 2006-01-02")
		shown := date
		if date == before {
			shown = ""
		}
		before = date
		row(w, shown, clockTime(o.Start), endTime(o.Occurrence), length(o.End.Sub(o.Start)), o.window.TimeZone, o.window.Name, o.target.name, boundsOf(o.window))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return b.String()
}

func row(w *tabwriter.Writer, cells ...string) {
	_, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) // a strings.Builder takes everything
}

func clockTime(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}

// endTime is the time alone where the end is on the date of the start.
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

func length(d time.Duration) string { return duration.HumanDuration(d) }

// boundsOf a window in words.
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
		b = append(b, "lead "+length(w.Lead))
	}
	if w.Ramp > 0 {
		b = append(b, "ramp "+length(w.Ramp))
	}
	if w.Priority != 0 {
		b = append(b, fmt.Sprintf("priority %d", w.Priority))
	}
	return strings.Join(b, ", ")
}
