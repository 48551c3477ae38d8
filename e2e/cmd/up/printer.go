package main

import (
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// printer prints views, one line each.
type printer struct {
	out   io.Writer
	unit  string // of the load
	color bool
	width int // of the terminal; 0 is no limit
	hpa   bool
	last  int32
	lines int
}

func newPrinter(file *os.File, unit string, hpa bool) *printer {
	p := &printer{out: file, unit: unit, hpa: hpa}
	if descriptor := int(file.Fd()); term.IsTerminal(descriptor) {
		p.color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		p.width, _, _ = term.GetSize(descriptor) // 0 when unknown
	}
	return p
}

// headEvery is how many lines pass until the head is repeated.
const headEvery = 24

func (p *printer) line(v view) {
	if p.lines%headEvery == 0 {
		head := fmt.Sprintf("%-8s %10s  %-13s", "time", p.unit, "web ready/of")
		if p.hpa {
			head += fmt.Sprintf(" %-13s", "api ready/of")
		}
		_, _ = fmt.Fprintln(p.out, p.paint(bold, head+" reason of web"))
	}
	p.lines++
	offered := "unknown"
	if v.web.LoadKnown {
		offered = fmt.Sprintf("%.0f", v.web.Load)
	}
	before := fmt.Sprintf("%-8s %10s  ", v.web.Time.Format(time.TimeOnly), offered)
	web := fmt.Sprintf("%-13s", fmt.Sprintf("%d/%d %s", v.web.Ready, v.web.Desired, p.arrow(v.web.Desired)))
	after := ""
	if p.hpa {
		after = fmt.Sprintf(" %-13s", fmt.Sprintf("%d/%d", v.api.Ready, v.api.Desired))
	}
	after += " " + v.reason
	_, _ = fmt.Fprintln(p.out, before+p.paint(p.direction(v.web.Desired), web)+p.cut(after, utf8.RuneCountInString(before+web)))
	p.last = v.web.Desired
}

// cut shortens text to the width of the terminal after used columns.
func (p *printer) cut(text string, used int) string {
	letters := []rune(text)
	room := max(1, p.width-used)
	if p.width == 0 || len(letters) <= room {
		return text
	}
	return string(letters[:room-1]) + "…"
}

// arrow shows a change since the last line.
func (p *printer) arrow(desired int32) string {
	switch {
	case p.last == 0 || desired == p.last:
		return ""
	case desired > p.last:
		return "↑"
	default:
		return "↓"
	}
}

const (
	plain  = ""
	bold   = "\x1b[1m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
)

func (p *printer) direction(desired int32) string {
	switch p.arrow(desired) {
	case "↑":
		return yellow
	case "↓":
		return green
	default:
		return plain
	}
}

func (p *printer) paint(code, text string) string {
	if !p.color || code == plain {
		return text
	}
	return code + text + "\x1b[0m"
}
