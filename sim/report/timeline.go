package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Line of a panel. X is in seconds since the start of the timeline.
type Line struct {
	Name   string
	Color  Color
	Points []Point
	// Steps draws each value until the next one.
	Steps bool
}

// Band is a shaded period, such as an open window, in seconds since the start.
type Band struct{ From, To float64 }

// Panel is a plot of lines over time.
type Panel struct {
	Y     string
	Lines []Line
	Areas []Area
}

// Area is a shaded area between two lines with the same X.
type Area struct {
	Name      string
	Color     Color
	Low, High []Point
}

// Timeline is a set of panels with a common time axis and common bands.
type Timeline struct {
	Begin  time.Time
	Length time.Duration
	Panels []Panel
	Bands  []Band
	// BandName is the name of the bands in the legend.
	BandName string
}

// SVG returns the panels as SVG.
func (t *Timeline) SVG() (string, error) {
	svg, _, err := t.framed()
	return svg, err
}

// framed returns the panels as SVG with the frame of their data.
func (t *Timeline) framed() (svg string, data frame, err error) {
	var plots []*plot.Plot
	for i := range t.Panels {
		p, err := t.draw(&t.Panels[i])
		if err != nil {
			return "", frame{}, fmt.Errorf("drawing the panel %s: %w", t.Panels[i].Y, err)
		}
		plots = append(plots, p)
	}
	return render(plots, 6.5*vg.Centimeter)
}

func (t *Timeline) draw(panel *Panel) (*plot.Plot, error) {
	p := blank()
	p.Y.Label.Text = panel.Y
	p.X.Min, p.X.Max = 0, t.Length.Seconds()
	p.X.Tick.Marker = t
	most := 0.0
	for _, l := range panel.Lines {
		for _, point := range l.Points {
			if !math.IsNaN(point.Y) {
				most = max(most, point.Y)
			}
		}
	}
	p.Y.Min, p.Y.Max = 0, max(1, 1.3*most) // leaves room for the legend
	if err := t.shade(p); err != nil {
		return nil, err
	}
	for i := range panel.Areas {
		if err := panel.Areas[i].addTo(p); err != nil {
			return nil, err
		}
	}
	for _, l := range panel.Lines {
		if err := l.addTo(p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// shade draws the bands with one entry in the legend.
func (t *Timeline) shade(p *plot.Plot) error {
	for i, band := range t.Bands {
		from, to := max(0, band.From), min(p.X.Max, band.To)
		shape, err := plotter.NewPolygon(plotter.XYs{{X: from, Y: 0}, {X: to, Y: 0}, {X: to, Y: p.Y.Max}, {X: from, Y: p.Y.Max}})
		if err != nil {
			return err
		}
		c := BandColor.rgba()
		shape.Color = faint(c)
		shape.Width = 0
		p.Add(shape)
		if i == 0 && t.BandName != "" {
			p.Legend.Add(t.BandName, shape)
		}
	}
	return nil
}

// addTo draws the area.
func (a *Area) addTo(p *plot.Plot) error {
	if len(a.High) == 0 {
		return nil
	}
	var edge plotter.XYs
	for _, point := range a.High {
		edge = append(edge, plotter.XY(point))
	}
	for _, point := range slices.Backward(a.Low) {
		edge = append(edge, plotter.XY(point))
	}
	shape, err := plotter.NewPolygon(edge)
	if err != nil {
		return err
	}
	shape.Color, shape.Width = faint(a.Color.rgba()), 0
	p.Add(shape)
	p.Legend.Add(a.Name, shape)
	return nil
}

// addTo draws the line without its gaps.
func (l *Line) addTo(p *plot.Plot) error {
	for i, piece := range l.pieces() {
		line, err := plotter.NewLine(piece)
		if err != nil {
			return err
		}
		line.Color, line.Width = l.Color.rgba(), vg.Points(1.1)
		if l.Steps {
			line.StepStyle = plotter.PostStep
		}
		p.Add(line)
		if i == 0 {
			p.Legend.Add(l.Name, line)
		}
	}
	return nil
}

// pieces are the parts of the line between gaps.
func (l *Line) pieces() []plotter.XYs {
	var pieces []plotter.XYs
	var piece plotter.XYs
	for _, point := range l.Points {
		switch gap := math.IsNaN(point.Y); {
		case !gap:
			piece = append(piece, plotter.XY(point))
		case len(piece) > 0:
			pieces, piece = append(pieces, piece), nil
		}
	}
	if len(piece) > 0 {
		pieces = append(pieces, piece)
	}
	return pieces
}

// Ticks implements gonum's Ticker with at most ten calendar units, from minutes to weeks.
func (t *Timeline) Ticks(low, high float64) []plot.Tick {
	length := time.Duration((high - low) * float64(time.Second))
	every, format := 4*7*24*time.Hour, "2 Jan 2006"
	for _, unit := range units {
		if length/unit.every <= 10 {
			every, format = unit.every, unit.format
			break
		}
	}
	var ticks []plot.Tick
	for instant := t.Begin.Truncate(every); !instant.After(t.Begin.Add(length)); instant = instant.Add(every) {
		if since := instant.Sub(t.Begin).Seconds(); since >= low {
			ticks = append(ticks, plot.Tick{Value: since, Label: instant.Format(format)})
		}
	}
	return ticks
}

var units = []struct {
	every  time.Duration
	format string
}{
	{time.Minute, time.TimeOnly},
	{5 * time.Minute, "15:04"},
	{15 * time.Minute, "15:04"},
	{time.Hour, "15:04"},
	{3 * time.Hour, "2 Jan 15:04"},
	{12 * time.Hour, "2 Jan 15:04"},
	{24 * time.Hour, "2 Jan"},
	{2 * 24 * time.Hour, "2 Jan"},
	{7 * 24 * time.Hour, "2 Jan"},
}
