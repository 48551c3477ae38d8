package summary

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
	"flyball.dev/flyball/sim/chart"
	"flyball.dev/flyball/sim/score"
)

// Report is what is on a page.
type Report struct {
	// Title says what the load is.
	Title string
	// Facts are what the runs have in common, in sentences of few words.
	Facts      []string
	Contenders []Contender
}

// Contender is a policy that was run.
type Contender struct {
	Name     string
	Scores   score.Scores
	Windows  []schedule.Window
	Recorder *Recorder
}

//go:embed page.html
var layout string

// HTML writes the page.
func (r *Report) HTML(w io.Writer) error {
	parsed, err := template.New("page").Parse(layout)
	if err != nil {
		return err
	}
	shown := shownPage{Title: r.Title, Facts: r.Facts}
	if shown.Together, err = r.together(); err != nil {
		return err
	}
	for i := range r.Contenders {
		c := &r.Contenders[i]
		figure, err := c.figure(chart.Series(i))
		if err != nil {
			return fmt.Errorf("policy %s: %w", c.Name, err)
		}
		shown.Rows = append(shown.Rows, rowOf(c))
		shown.Policies = append(shown.Policies, shownPolicy{c.Name, figure, c.Recorder.ticks, c.Recorder.counts()})
	}
	return parsed.Execute(w, &shown)
}

// shownPage is what page.html is filled with.
type shownPage struct {
	Title    string
	Facts    []string
	Rows     []shownRow
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

func rowOf(c *Contender) shownRow {
	s := &c.Scores
	return shownRow{c.Name, []string{
		(time.Duration(s.SLOViolationSeconds) * time.Second).String(), fmt.Sprintf("%.3f %%", 100*s.LateShare),
		fmt.Sprintf("%.1f", s.PodHours), fmt.Sprintf("%.2f", s.PodHours/max(s.OptimalPodHours, 1e-9)),
		fmt.Sprint(s.Changes), fmt.Sprint(s.Reversals), fmt.Sprint(s.Flaps), fmt.Sprint(s.Churn),
		fmt.Sprintf("%.2f", s.ThetaU), fmt.Sprintf("%.2f", s.ThetaO), fmt.Sprintf("%.2f", s.TauU), fmt.Sprintf("%.2f", s.TauO),
	}}
}

// together is the load, and below it the replicas of all policies.
func (r *Report) together() (template.HTML, error) {
	if len(r.Contenders) == 0 {
		return "", nil
	}
	first := r.Contenders[0].Recorder
	replicas := chart.Panel{Y: "replicas asked for"}
	for i := range r.Contenders {
		replicas.Lines = append(replicas.Lines, chart.Line{
			Name: r.Contenders[i].Name, Colour: chart.Series(i), Points: r.Contenders[i].Recorder.replicas.Points(), Steps: true,
		})
	}
	t := chart.Timeline{Begin: first.begin, Length: first.length, Panels: []chart.Panel{
		{Y: "load, units/s", Lines: []chart.Line{{Name: "load", Colour: chart.Load, Points: first.load.Points()}}}, replicas,
	}}
	return svg(&t)
}

// figure is load and capacity of one policy, and below them its pods.
func (c *Contender) figure(colour chart.Colour) (template.HTML, error) {
	r := c.Recorder
	t := chart.Timeline{
		Begin: r.begin, Length: r.length, Bands: bands(c.Windows, r.begin, r.length), BandName: "window open",
		Panels: []chart.Panel{
			{Y: "units/s", Lines: []chart.Line{
				{Name: "capacity of ready pods", Colour: colour, Points: r.capacity.Points(), Steps: true},
				{Name: "load", Colour: chart.Load, Points: r.load.Points()},
			}},
			{Y: "pods", Lines: []chart.Line{
				{Name: "demand", Colour: chart.Load, Points: r.demand.Points(), Steps: true},
				{Name: "ready", Colour: chart.Ready, Points: r.ready.Points(), Steps: true},
				{Name: "asked for", Colour: colour, Points: r.replicas.Points(), Steps: true},
			}},
		},
	}
	return svg(&t)
}

// svg is what the page takes as it is: our own drawing, in which words are escaped.
func svg(t *chart.Timeline) (template.HTML, error) {
	drawn, err := t.SVG()
	return template.HTML(drawn), err
}
