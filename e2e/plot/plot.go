package plot

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"flyball.dev/flyball/e2e/record"
)

var (
	loadColour     = color.RGBA{R: 0x9a, G: 0xa5, B: 0xb1, A: 0xff}
	readyColour    = color.RGBA{R: 0x1f, G: 0x6f, B: 0xb5, A: 0xff}
	askedForColour = color.RGBA{R: 0xd9, G: 0x6b, B: 0x27, A: 0xff}
)

// SVG draws load above replicas, over the minutes of the run.
func SVG(w io.Writer, r *record.Record) error {
	if len(r.Samples) < 2 {
		return fmt.Errorf("%s has %d samples: a plot needs two", r.Name, len(r.Samples))
	}
	load, err := loadPlot(r)
	if err != nil {
		return err
	}
	replicas, err := replicasPlot(r)
	if err != nil {
		return err
	}
	canvas := vgsvg.New(24*vg.Centimeter, 13*vg.Centimeter)
	tiles := draw.Tiles{Rows: 2, Cols: 1, PadY: 4 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadRight: 4 * vg.Millimeter}
	plots := [][]*plot.Plot{{load}, {replicas}}
	for i, row := range plot.Align(plots, tiles, draw.New(canvas)) {
		plots[i][0].Draw(row[0])
	}
	_, err = canvas.WriteTo(w)
	return err
}

// loadPlot leaves a gap where the load was not known.
func loadPlot(r *record.Record) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = r.Name
	p.Y.Label.Text = "load, " + r.Unit
	p.Y.Min = 0
	var piece plotter.XYs
	flush := func() error {
		if len(piece) == 0 {
			return nil
		}
		line, err := plotter.NewLine(piece)
		if err != nil {
			return err
		}
		line.Color, line.Width = loadColour, vg.Points(1.2)
		p.Add(line)
		piece = nil
		return nil
	}
	for _, sample := range r.Samples {
		if sample.LoadKnown {
			piece = append(piece, plotter.XY{X: minutes(r, sample), Y: sample.Load})
		} else if err := flush(); err != nil {
			return nil, err
		}
	}
	return p, flush()
}

func replicasPlot(r *record.Record) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text = "minutes"
	p.Y.Label.Text = "replicas"
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true
	most := int32(0)
	for _, sample := range r.Samples {
		most = max(most, sample.Ready, sample.Desired)
	}
	p.Y.Max = 1.4 * float64(most) // leaves room for the legend
	for _, curve := range []struct {
		name   string
		colour color.Color
		of     func(record.Sample) int32
	}{
		{"asked for", askedForColour, func(s record.Sample) int32 { return s.Desired }},
		{"ready", readyColour, func(s record.Sample) int32 { return s.Ready }},
	} {
		points := make(plotter.XYs, len(r.Samples))
		for i, sample := range r.Samples {
			points[i] = plotter.XY{X: minutes(r, sample), Y: float64(curve.of(sample))}
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width, line.StepStyle = curve.colour, vg.Points(1.2), plotter.PostStep
		p.Add(line)
		p.Legend.Add(curve.name, line)
	}
	return p, nil
}

func minutes(r *record.Record, sample record.Sample) float64 {
	return sample.Time.Sub(r.Samples[0].Time).Minutes()
}
