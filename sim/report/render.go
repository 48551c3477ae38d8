package report

import (
	"bytes"
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// blank is an empty plot without background.
func blank() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Color, axis.Tick.Color = ink.light, ink.light
		for _, words := range []*text.Style{&axis.Label.TextStyle, &axis.Tick.Label} {
			words.Color, words.Font.Variant = ink.light, "Sans"
		}
	}
	for _, words := range []*text.Style{&p.Title.TextStyle, &p.Legend.TextStyle} {
		words.Color, words.Font.Variant = ink.light, "Sans"
	}
	p.Legend.Top, p.Legend.Left, p.Legend.TextStyle.Font.Size = true, true, vg.Points(9)
	p.Legend.Padding, p.Legend.XOffs = vg.Points(2), vg.Points(4)
	return p
}

// faint is a translucent color.
func faint(c color.RGBA) color.NRGBA { return color.NRGBA{R: c.R, G: c.G, B: c.B, A: 0x50} }

// render draws plots below each other, each with this height.
func render(plots []*plot.Plot, height vg.Length) (string, error) {
	canvas := vgsvg.New(26*vg.Centimeter, vg.Length(len(plots))*height)
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadY: 3 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadRight: 8 * vg.Millimeter}
	grid := make([][]*plot.Plot, len(plots))
	for i := range plots {
		grid[i] = plots[i : i+1]
	}
	for i, row := range plot.Align(grid, tiles, draw.New(canvas)) {
		plots[i].Draw(row[0])
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	svg := b.String()
	// An HTML page embeds the element without the XML declaration.
	if i := strings.Index(svg, "<svg"); i >= 0 {
		svg = svg[i:]
	}
	head, body, _ := strings.Cut(svg, ">")
	return head + ">" + style() + body, nil
}
