package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// printer writes what follow sees, a line at a time.
type printer struct {
	out    io.Writer
	colour bool
	hpa    bool
	last   int32
	lines  int
}

func newPrinter(file *os.File, hpa bool) *printer {
	info, err := file.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &printer{out: file, colour: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", hpa: hpa}
}

// headEvery is how many lines pass until the head is repeated.
const headEvery = 24

func (p *printer) line(v view) {
	if p.lines%headEvery == 0 {
		head := fmt.Sprintf("%-8s %8s  %-13s", "time", "load/s", "web ready/of")
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
	web := fmt.Sprintf("%d/%d %s", v.web.Ready, v.web.Desired, p.arrow(v.web.Desired))
	text := fmt.Sprintf("%-8s %8s  %s", v.web.Time.Format(time.TimeOnly), offered, p.paint(p.direction(v.web.Desired), fmt.Sprintf("%-13s", web)))
	if p.hpa {
		text += fmt.Sprintf(" %-13s", fmt.Sprintf("%d/%d", v.api.Ready, v.api.Desired))
	}
	_, _ = fmt.Fprintln(p.out, text+" "+v.reason)
	p.last = v.web.Desired
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
	if !p.colour || code == plain {
		return text
	}
	return code + text + "\x1b[0m"
}
