package report

import (
	"fmt"
	"image/color"
	"strings"
)

// Color has a shade for light and one for dark pages.
type Color int

// The colors. With more policies than colors, policies share colors.
const (
	LoadColor Color = iota
	BandColor
	ReadyColor
	firstPolicy
)

// shades are a color for light pages and one for dark pages.
type shades struct{ light, dark color.RGBA }

var colors = []shades{
	{color.RGBA{0x9A, 0xA5, 0xB1, 0xff}, color.RGBA{0x93, 0x9F, 0xAC, 0xff}},
	{color.RGBA{0xC9, 0xA2, 0x27, 0xff}, color.RGBA{0xE3, 0xC5, 0x65, 0xff}},
	{color.RGBA{0x3F, 0x4A, 0x55, 0xff}, color.RGBA{0xEE, 0xF2, 0xF6, 0xff}},
	{color.RGBA{0x1F, 0x6F, 0xB5, 0xff}, color.RGBA{0x6C, 0xB2, 0xF5, 0xff}},
	{color.RGBA{0xD9, 0x6B, 0x27, 0xff}, color.RGBA{0xF5, 0xA0, 0x6C, 0xff}},
	{color.RGBA{0x2A, 0x8C, 0x5A, 0xff}, color.RGBA{0x67, 0xD1, 0x9B, 0xff}},
	{color.RGBA{0x8A, 0x4F, 0xBF, 0xff}, color.RGBA{0xC7, 0x9B, 0xF2, 0xff}},
	{color.RGBA{0xB5, 0x30, 0x4B, 0xff}, color.RGBA{0xF2, 0x87, 0x9C, 0xff}},
	{color.RGBA{0x0F, 0x8B, 0x96, 0xff}, color.RGBA{0x5F, 0xD3, 0xDD, 0xff}},
	{color.RGBA{0x6B, 0x5B, 0x2A, 0xff}, color.RGBA{0xC9, 0xB9, 0x7A, 0xff}},
	{color.RGBA{0x5A, 0x64, 0x70, 0xff}, color.RGBA{0xB4, 0xBD, 0xC8, 0xff}},
}

// ink is the color of axes and text.
var ink = shades{color.RGBA{0x24, 0x29, 0x2F, 0xff}, color.RGBA{0xD8, 0xDE, 0xE4, 0xff}}

// PolicyColor is the color of the nth policy.
func PolicyColor(n int) Color { return firstPolicy + Color(n%(len(colors)-int(firstPolicy))) }

func (c Color) rgba() color.RGBA { return colors[c].light }

// hex formats a color for SVG.
func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// style replaces the light colors by the dark ones on dark pages.
func style() string {
	var b strings.Builder
	b.WriteString("<style>@media (prefers-color-scheme: dark){")
	for _, c := range append([]shades{ink}, colors...) {
		for _, of := range []string{"fill", "stroke"} {
			fmt.Fprintf(&b, `[style*="%s:%s"]{%s:%s!important}`, of, hex(c.light), of, hex(c.dark))
		}
	}
	b.WriteString("}</style>")
	return b.String()
}
