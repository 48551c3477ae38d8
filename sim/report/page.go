package report

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// Page is an HTML page that compares runs.
type Page struct {
	// Title describes the load, and Unit is that of its rates.
	Title, Unit string
	// Verdict states how far to trust the page; empty for nothing. Alarming reports that it is a warning.
	Verdict  string
	Alarming bool
	// Facts are short sentences about all runs.
	Facts  []string
	Tables []Table
	Runs   []Run
	// Frontier plots costs against shortages; nil for none.
	Frontier *Scatter
	// Manifest is a policy as YAML; empty for none.
	Manifest string
}

// Run is the run of a policy.
type Run struct {
	Name     string
	Windows  []schedule.Window
	Recorder *Recorder
	// Fast and Slow are the ready pods of runs with fast and with slow starts, at the same times; nil for none.
	Fast, Slow []Point
}

var (
	//go:embed page.html
	layout string
	//go:embed page.css
	sheet string
	//go:embed page.js
	script string
)

// HTML writes the page.
func (r *Page) HTML(w io.Writer) error {
	parsed, err := template.New("page").Parse(layout)
	if err != nil {
		return err
	}
	shown := shownPage{Page: r, Style: template.CSS(sheet), Script: template.JS(script)}
	if shown.Together, err = r.together(); err != nil {
		return err
	}
	if r.Frontier != nil {
		drawn, err := r.Frontier.SVG()
		if err != nil {
			return err
		}
		shown.Plot = template.HTML(drawn)
	}
	for i := range r.Runs {
		c := &r.Runs[i]
		figure, err := c.figure(PolicyColor(i), r.Unit)
		if err != nil {
			return fmt.Errorf("policy %s: %w", c.Name, err)
		}
		shown.Policies = append(shown.Policies, shownPolicy{c.Name, figure, c.Recorder.ticks, c.Recorder.counts()})
	}
	return parsed.Execute(w, &shown)
}

// shownPage is the data of page.html.
type shownPage struct {
	*Page
	Style    template.CSS
	Script   template.JS
	Together *figure
	Plot     template.HTML
	Policies []shownPolicy
}

type shownPolicy struct {
	Name   string
	Figure *figure
	Ticks  int
	Counts []StepCount
}

// figure is a timeline with the decisions that a pointer shows.
type figure struct {
	// SVG is trusted: texts in it are escaped.
	SVG         template.HTML
	Left, Right float64
	// Begin is the start in milliseconds since 1970, and Seconds the length.
	Begin   int64
	Seconds float64
	Moments []Moment
}

// together plots the load and the replicas of all policies.
func (r *Page) together() (*figure, error) {
	if len(r.Runs) == 0 {
		return nil, nil
	}
	first := r.Runs[0].Recorder
	replicas := Panel{Y: "desired replicas"}
	for i := range r.Runs {
		replicas.Lines = append(replicas.Lines, Line{
			Name: r.Runs[i].Name, Color: PolicyColor(i), Points: r.Runs[i].Recorder.replicas.Points(), Steps: true,
		})
	}
	return drawFigure(&Timeline{Begin: first.begin, Length: first.length, Panels: []Panel{
		{Y: "load, " + r.Unit, Lines: []Line{{Name: "load", Color: LoadColor, Points: first.load.Points()}}}, replicas,
	}}, nil)
}

// figure plots load, capacity and pods of one policy.
func (c *Run) figure(color Color, unit string) (*figure, error) {
	r := c.Recorder
	pods := Panel{Y: "pods", Lines: []Line{
		{Name: "demand", Color: LoadColor, Points: r.demand.Points(), Steps: true},
		{Name: "ready", Color: ReadyColor, Points: r.ready.Points(), Steps: true},
		{Name: "desired", Color: color, Points: r.replicas.Points(), Steps: true},
	}}
	if len(c.Fast) > 0 {
		pods.Areas = []Area{between("ready, starts from p10 to p90", color, r.length.Seconds()/intervals, c.Fast, c.Slow)}
	}
	return drawFigure(&Timeline{
		Begin: r.begin, Length: r.length, Bands: bands(c.Windows, r.begin, r.length), BandName: "window open",
		Panels: []Panel{
			{Y: unit, Lines: []Line{
				{Name: "capacity of ready pods", Color: color, Points: r.capacity.Points(), Steps: true},
				{Name: "load", Color: LoadColor, Points: r.load.Points()},
			}}, pods,
		},
	}, r.moments)
}

// between is the area from the lowest to the highest value of two lines with the same X, by intervals.
func between(name string, color Color, every float64, a, b []Point) Area {
	area := Area{Name: name, Color: color}
	for i := range a {
		low, high := min(a[i].Y, b[i].Y), max(a[i].Y, b[i].Y)
		last := len(area.Low) - 1
		if last >= 0 && a[i].X-area.Low[last].X < every {
			area.Low[last].Y, area.High[last].Y = min(area.Low[last].Y, low), max(area.High[last].Y, high)
			continue
		}
		area.Low, area.High = append(area.Low, Point{a[i].X, low}), append(area.High, Point{a[i].X, high})
	}
	return area
}

func drawFigure(t *Timeline, moments []Moment) (*figure, error) {
	drawn, data, err := t.framed()
	return &figure{
		SVG: template.HTML(drawn), Left: data.left, Right: data.right, Moments: moments,
		Begin: t.Begin.UnixMilli(), Seconds: t.Length.Truncate(time.Second).Seconds(),
	}, err
}
