package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/history"
	"flyball.dev/flyball/autoscaler/summary"
)

// Sizes of the plot, in the units of its view box.
const (
	plotWidth, plotHeight            = 960.0, 300.0
	plotLeft, plotRight              = 44.0, 950.0
	plotTop, plotBottom              = 10.0, 250.0
	stripTop, stripHeight, labelLine = 256.0, 12.0, 290.0
)

// gapAfter is the time without a stored point after which the figures are unknown. A point is stored at least each [history.Every], if a
// decision is made.
const gapAfter = history.Every + 90*time.Second

// timeline is the plot of a history.
type timeline struct {
	From, To       time.Time
	Spans          []spanLink
	YTicks, XTicks []tick
	// Bounds is the area between the bounds.
	Bounds string
	Lines  []plotLine
	Holds  []mark
	Hits   []mark
	// Cursor is the place of the decision that the page shows; empty for none.
	Cursor string
	// Text says what the plot shows, and Rows are its last points.
	Text string
	Rows []timelineRow
	// Metrics are the names of the columns of Rows.
	Metrics []string
}

type spanLink struct {
	Label, Link string
	Current     bool
}

type tick struct{ At, Label string }

type plotLine struct{ Class, Name, Path string }

// mark is a part of the time axis.
type mark struct{ X, Width, Class, Text, Link string }

type timelineRow struct {
	Link                           string
	Time                           time.Time
	Decided                        bool
	Load                           string
	Proposals                      []string
	Desired, Current, Ready, Waits int32
	Min, Max                       int32
	Holds                          string
	// Span is the number of columns after the time.
	Span int
}

var spans = []struct {
	minutes int
	label   string
}{{15, "15 min"}, {60, "1 h"}, {0, "all"}}

// newTimeline returns the plot of the last span of a history, or of all for 0; nil without points.
func newTimeline(d *summary.Detail, now time.Time, span time.Duration, moment time.Time) *timeline {
	if len(d.Points) == 0 {
		return nil
	}
	points := d.Points
	t := &timeline{To: now, From: points[0].Time, Metrics: d.Metrics}
	if span > 0 && now.Add(-span).After(t.From) {
		t.From = now.Add(-span)
		for len(points) > 1 && !points[1].Time.After(t.From) {
			points = points[1:]
		}
	}
	own := link(d.Row.Namespace, d.Row.Name, moment)
	for _, s := range spans {
		l := spanLink{Label: s.label, Link: own, Current: span == time.Duration(s.minutes)*time.Minute}
		if s.minutes > 0 {
			l.Link += fmt.Sprintf("?minutes=%d", s.minutes)
		}
		t.Spans = append(t.Spans, l)
	}
	p := plot{points: points, from: t.From, to: t.To, top: highest(points)}
	t.draw(&p, d)
	if !moment.IsZero() && !moment.Before(t.From) {
		t.Cursor = number(p.x(moment))
	}
	return t
}

func (t *timeline) draw(p *plot, d *summary.Detail) {
	t.YTicks, t.XTicks = p.yTicks(), p.xTicks()
	t.Bounds = p.area(func(i int) (float64, float64) { return float64(p.points[i].Min), float64(p.points[i].Max) })
	for m, name := range d.Metrics {
		t.Lines = append(t.Lines, plotLine{fmt.Sprintf("metric m%d", m%6), "proposal of " + name, p.line(func(q *history.Point) float64 {
			return known(q.Proposals[m])
		})})
	}
	t.Lines = append(t.Lines,
		plotLine{"load", "load", p.line(func(q *history.Point) float64 { return q.Load })},
		plotLine{"waits", "pods that do not serve", p.line(func(q *history.Point) float64 { return float64(q.Starting + q.Late + q.Blocked) })},
		plotLine{"ready", "ready pods", p.line(func(q *history.Point) float64 { return float64(q.Serving) })},
		plotLine{"live", "current replicas", p.line(func(q *history.Point) float64 { return float64(q.Current) })},
		plotLine{"desired", "desired replicas", p.line(func(q *history.Point) float64 { return float64(q.Desired) })})
	for i := range p.points {
		q := &p.points[i]
		x, end := p.span(i)
		hit := mark{X: number(x), Width: number(max(1, end-x)), Link: link(d.Row.Namespace, d.Row.Name, q.Time), Text: textOf(q, d.Metrics)}
		t.Hits = append(t.Hits, hit)
		if class := holdClass(q); class != "" {
			t.Holds = append(t.Holds, mark{X: hit.X, Width: hit.Width, Class: class})
		}
		t.Rows = append(t.Rows, rowOfPoint(q, hit.Link))
	}
	const most = 40
	t.Rows = t.Rows[max(0, len(t.Rows)-most):]
	last := &p.points[len(p.points)-1]
	t.Text = fmt.Sprintf("Time line from %s to %s UTC. Last: %s", t.From.UTC().Format("15:04"), t.To.UTC().Format("15:04"), textOf(last, d.Metrics))
}

func known(count int32) float64 {
	if count == history.Unknown {
		return math.NaN()
	}
	return float64(count)
}

// highest returns the upper end of the count axis. The bounds are cut there.
func highest(points []history.Point) float64 {
	top := 4.0
	for i := range points {
		p := &points[i]
		top = max(top, float64(p.Current), float64(p.Desired), float64(p.Serving+p.Starting+p.Late+p.Blocked))
		if p.Load > top {
			top = p.Load
		}
		for _, proposal := range p.Proposals {
			top = max(top, float64(proposal))
		}
	}
	return top * 1.08
}

// textOf returns the figures of a point in words.
func textOf(p *history.Point, metrics []string) string {
	moment := p.Time.UTC().Format("15:04:05")
	if !p.Decided {
		return moment + " no decision"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s desired %d, current %d, ready %d", moment, p.Desired, p.Current, p.Serving)
	if waits := p.Starting + p.Late + p.Blocked; waits > 0 {
		fmt.Fprintf(&b, ", not serving %d", waits)
	}
	fmt.Fprintf(&b, ", bounds %d to %d, load %s", p.Min, p.Max, loadText(p.Load))
	for i, name := range metrics {
		if p.Proposals[i] == history.Unknown {
			fmt.Fprintf(&b, ", %s unknown", name)
		} else {
			fmt.Fprintf(&b, ", %s → %d", name, p.Proposals[i])
		}
	}
	if holds := holdText(p); holds != "" {
		b.WriteString("; " + holds)
	}
	return b.String()
}

func loadText(load float64) string {
	if math.IsNaN(load) {
		return "unknown"
	}
	return fmt.Sprintf("%.4g", load)
}

func rowOfPoint(p *history.Point, link string) timelineRow {
	row := timelineRow{
		Link: link, Time: p.Time, Decided: p.Decided, Load: loadText(p.Load), Desired: p.Desired, Current: p.Current, Ready: p.Serving,
		Waits: p.Starting + p.Late + p.Blocked, Min: p.Min, Max: p.Max, Holds: holdText(p), Span: len(p.Proposals) + 7,
	}
	for _, proposal := range p.Proposals {
		text := "unknown"
		if proposal != history.Unknown {
			text = fmt.Sprint(proposal)
		}
		row.Proposals = append(row.Proposals, text)
	}
	return row
}

// holdKinds are the steps that hold or limit a count, the most severe first, with the class of their mark.
var holdKinds = []struct {
	kind  engine.StepKind
	class string
}{
	{engine.StepHold, "unknown"},
	{engine.StepCapacity, "capacity"},
	{engine.StepBounds, "bound"},
	{engine.StepWindow, "bound"},
	{engine.StepRatePolicy, "rate"},
	{engine.StepStabilization, "hold"},
	{engine.StepDamping, "hold"},
	{engine.StepFirstStart, "hold"},
}

func holdClass(p *history.Point) string {
	if !p.Decided {
		return "unknown"
	}
	for _, h := range holdKinds {
		if p.Limited(h.kind) {
			return h.class
		}
	}
	return ""
}

func holdText(p *history.Point) string {
	var names []string
	for _, h := range holdKinds {
		if p.Decided && p.Limited(h.kind) {
			names = append(names, words(explain.KindName(h.kind)))
		}
	}
	return strings.Join(names, ", ")
}
