package report

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
	"flyball.dev/flyball/sim"
)

// Page is an HTML page that compares runs.
type Page struct {
	// Title describes the load.
	Title string
	// Facts are short sentences about all runs.
	Facts []string
	Runs  []Run
}

// Run is the run of a policy.
type Run struct {
	Name     string
	Scores   sim.Scores
	Starts   *sim.StartScores // nil for none
	Windows  []schedule.Window
	Recorder *Recorder
}

//go:embed page.html
var layout string

// HTML writes the page.
func (r *Page) HTML(w io.Writer) error {
	parsed, err := template.New("page").Parse(layout)
	if err != nil {
		return err
	}
	shown := shownPage{Title: r.Title, Facts: r.Facts}
	if shown.Together, err = r.together(); err != nil {
		return err
	}
	for i := range r.Runs {
		c := &r.Runs[i]
		figure, err := c.figure(PolicyColor(i))
		if err != nil {
			return fmt.Errorf("policy %s: %w", c.Name, err)
		}
		shown.Rows = append(shown.Rows, rowOf(c))
		if c.Starts != nil {
			shown.Starts = append(shown.Starts, startRowOf(c))
		}
		shown.Policies = append(shown.Policies, shownPolicy{c.Name, figure, c.Recorder.ticks, c.Recorder.counts()})
	}
	return parsed.Execute(w, &shown)
}

// shownPage is the data of page.html.
type shownPage struct {
	Title    string
	Facts    []string
	Rows     []shownRow
	Starts   []shownRow
	Together template.HTML
	Policies []shownPolicy
}

type shownRow struct {
	Name  string
	Cells []string
}

type shownPolicy struct {
	Name   string
	Figure template.HTML
	Ticks  int
	Steps  []StepCount
}

func rowOf(c *Run) shownRow {
	s := &c.Scores
	return shownRow{c.Name, []string{
		(time.Duration(s.SLOViolationSeconds) * time.Second).String(), fmt.Sprintf("%.3f %%", 100*s.LateShare),
		fmt.Sprintf("%.1f", s.PodHours), fmt.Sprintf("%.2f", s.PodHours/max(s.OptimalPodHours, 1e-9)),
		fmt.Sprint(s.Changes), fmt.Sprint(s.Reversals), fmt.Sprint(s.Flaps), fmt.Sprint(s.Churn),
		fmt.Sprintf("%.2f", s.ThetaU), fmt.Sprintf("%.2f", s.ThetaO), fmt.Sprintf("%.2f", s.TauU), fmt.Sprintf("%.2f", s.TauO),
	}}
}

func startRowOf(c *Run) shownRow {
	s := c.Starts
	return shownRow{c.Name, []string{
		(time.Duration(s.TimeToServeSeconds) * time.Second).String(), fmt.Sprint(s.PeakReplicas), fmt.Sprint(s.PeakDemand),
		fmt.Sprintf("%.0f %%", s.Runaway), fmt.Sprintf("%.1f", s.StartingPodHours), fmt.Sprintf("%.1f", s.BlockedPodHours),
		fmt.Sprintf("%.1f", s.WastedPodHours),
	}}
}

// together plots the load and the replicas of all policies.
func (r *Page) together() (template.HTML, error) {
	if len(r.Runs) == 0 {
		return "", nil
	}
	first := r.Runs[0].Recorder
	replicas := Panel{Y: "desired replicas"}
	for i := range r.Runs {
		replicas.Lines = append(replicas.Lines, Line{
			Name: r.Runs[i].Name, Color: PolicyColor(i), Points: r.Runs[i].Recorder.replicas.Points(), Steps: true,
		})
	}
	t := Timeline{Begin: first.begin, Length: first.length, Panels: []Panel{
		{Y: "load, units/s", Lines: []Line{{Name: "load", Color: LoadColor, Points: first.load.Points()}}}, replicas,
	}}
	return svg(&t)
}

// figure plots load, capacity and pods of one policy.
func (c *Run) figure(color Color) (template.HTML, error) {
	r := c.Recorder
	t := Timeline{
		Begin: r.begin, Length: r.length, Bands: bands(c.Windows, r.begin, r.length), BandName: "window open",
		Panels: []Panel{
			{Y: "units/s", Lines: []Line{
				{Name: "capacity of ready pods", Color: color, Points: r.capacity.Points(), Steps: true},
				{Name: "load", Color: LoadColor, Points: r.load.Points()},
			}},
			{Y: "pods", Lines: []Line{
				{Name: "demand", Color: LoadColor, Points: r.demand.Points(), Steps: true},
				{Name: "ready", Color: ReadyColor, Points: r.ready.Points(), Steps: true},
				{Name: "desired", Color: color, Points: r.replicas.Points(), Steps: true},
			}},
		},
	}
	return svg(&t)
}

// svg returns the plot as trusted HTML: texts in it are escaped.
func svg(t *Timeline) (template.HTML, error) {
	drawn, err := t.SVG()
	return template.HTML(drawn), err
}
