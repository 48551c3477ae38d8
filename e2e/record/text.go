package record

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Text is the summary and, below it, the load and the ready replicas over time, each drawn width columns wide.
func (r *Record) Text(width int) string {
	s := r.Summarize()
	if s == (Summary{}) {
		return fmt.Sprintf("%s: too short to say anything\n", r.Name)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s over %s\n", r.Name, s.Duration.Round(time.Second))
	fmt.Fprintf(&out, "  load      min %.0f   mean %.0f   max %.0f %s\n", s.Load.Min, s.Load.Mean, s.Load.Max, r.Unit)
	fmt.Fprintf(&out, "  replicas  min %.0f   mean %.1f   max %.0f\n", s.Ready.Min, s.Ready.Mean, s.Ready.Max)
	fmt.Fprintf(&out, "  changes   %d, of which %d turned the direction round\n\n", s.Changes, s.Reversals)
	load, ready := r.columns(width)
	out.WriteString(bars("load", load, 5))
	out.WriteString(bars("ready replicas", ready, 5))
	return out.String()
}

// columns puts the samples into columns of equal time and takes the mean of each. A column without a known value, or
// without a sample, is NaN.
func (r *Record) columns(width int) (load, ready []float64) {
	load, ready = make([]float64, width), make([]float64, width)
	loads, all := make([]float64, width), make([]float64, width)
	first := r.Samples[0].Time
	whole := r.Samples[len(r.Samples)-1].Time.Sub(first) + 1
	for _, sample := range r.Samples {
		column := int(float64(width) * float64(sample.Time.Sub(first)) / float64(whole))
		ready[column] += float64(sample.Ready)
		all[column]++
		if sample.LoadKnown {
			load[column] += sample.Load
			loads[column]++
		}
	}
	for i := range width {
		load[i] /= loads[i] // 0/0 is NaN
		ready[i] /= all[i]
	}
	return load, ready
}

// eighths are the blocks that fill a character from below.
var eighths = []rune(" ▁▂▃▄▅▆▇█")

// bars draws columns as bars from zero, the greatest value filling all rows.
func bars(title string, columns []float64, rows int) string {
	top := 0.0
	for _, value := range columns {
		if !math.IsNaN(value) {
			top = max(top, value)
		}
	}
	var out strings.Builder
	for row := rows - 1; row >= 0; row-- {
		label := ""
		switch row {
		case rows - 1:
			label = fmt.Sprintf("%.0f", top)
		case 0:
			label = "0"
		}
		fmt.Fprintf(&out, "%8s │", label)
		for _, value := range columns {
			filled := 0
			if top > 0 && !math.IsNaN(value) {
				filled = int(math.Round(value/top*float64(8*rows))) - 8*row
			}
			out.WriteRune(eighths[min(8, max(0, filled))])
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "%8s └%s %s\n", "", strings.Repeat("─", len(columns)), title)
	return out.String()
}
