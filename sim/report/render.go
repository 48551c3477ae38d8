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

// frame is the part of a picture's width that the data has, from 0 to 1.
type frame struct{ left, right float64 }

// pictureWidth of all pictures.
const pictureWidth = 26 * vg.Centimeter

// render draws plots below each other, each with this height.
func render(plots []*plot.Plot, height vg.Length) (svg string, data frame, err error) {
	canvas := vgsvg.New(pictureWidth, vg.Length(len(plots))*height)
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadY: 3 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadRight: 8 * vg.Millimeter}
	grid := make([][]*plot.Plot, len(plots))
	for i := range plots {
		grid[i] = plots[i : i+1]
	}
	for i, row := range plot.Align(grid, tiles, draw.New(canvas)) {
		plots[i].Draw(row[0])
		inner := plots[i].DataCanvas(row[0])
		data = frame{float64(inner.Min.X / pictureWidth), float64(inner.Max.X / pictureWidth)}
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", frame{}, err
	}
	svg = b.String()
	// An HTML page embeds the element without the XML declaration.
	if i := strings.Index(svg, "<svg"); i >= 0 {
		svg = svg[i:]
	}
	head, body, _ := strings.Cut(svg, ">")
	return head + ">" + style() + body, data, nil
}
