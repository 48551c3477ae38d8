package report

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Set is a set of points with a color. Either all points have a label, or none.
type Set struct {
	Name   string
	Color  Color
	Points []Point
	Labels []string
	// Joined connects the points by a line.
	Joined bool
}

// Scatter is a scatter plot of two scores.
type Scatter struct {
	X, Y string
	Sets []Set
	// LegendAtBottom is for points that rise to the upper right, where the legend would hide them.
	LegendAtBottom bool
}

// SVG returns the plot as SVG.
func (c *Scatter) SVG() (string, error) {
	p := blank()
	p.X.Label.Text, p.Y.Label.Text = c.X, c.Y
	p.Legend.Left, p.Legend.Top = false, !c.LegendAtBottom
	for i := range c.Sets {
		if err := c.Sets[i].addTo(p); err != nil {
			return "", err
		}
	}
	p.Y.Min = 0
	p.X.Min, p.X.Max = p.X.Min-0.03*(p.X.Max-p.X.Min), p.X.Max+0.12*(p.X.Max-p.X.Min) // room for labels
	p.Legend.XOffs = -vg.Points(4)
	svg, _, err := render([]*plot.Plot{p}, 14*vg.Centimeter)
	return svg, err
}

func (s *Set) addTo(p *plot.Plot) error {
	points := make(plotter.XYs, len(s.Points))
	for i := range s.Points {
		points[i] = plotter.XY(s.Points[i])
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	dots.Color, dots.Shape, dots.Radius = s.Color.rgba(), draw.CircleGlyph{}, vg.Points(2.5)
	p.Add(dots)
	p.Legend.Add(s.Name, dots)
	if s.Joined {
		line, err := plotter.NewLine(points)
		if err != nil {
			return err
		}
		line.Color = s.Color.rgba()
		p.Add(line)
	}
	if len(s.Labels) == 0 {
		return nil
	}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: points, Labels: s.Labels})
	if err != nil {
		return err
	}
	labels.Offset = vg.Point{X: 4, Y: 2}
	for i := range labels.TextStyle {
		labels.TextStyle[i].Color, labels.TextStyle[i].Font.Variant = ink.light, "Sans"
		labels.TextStyle[i].Font.Size = vg.Points(9)
	}
	p.Add(labels)
	return nil
}
