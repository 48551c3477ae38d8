package page

import (
	"math"
	"strconv"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/history"
)

// plot maps points to places. A point holds until the next one, unless that is later than gapAfter.
type plot struct {
	points   []history.Point
	from, to time.Time
	// top is the count at the upper end.
	top float64
}

func (p *plot) x(t time.Time) float64 {
	whole := max(p.to.Sub(p.from), time.Second)
	share := min(1, max(0, float64(t.Sub(p.from))/float64(whole)))
	return plotLeft + share*(plotRight-plotLeft)
}

func (p *plot) y(count float64) float64 {
	return plotBottom - min(1, max(0, count/p.top))*(plotBottom-plotTop)
}

// span returns the places at which a point begins and ends.
func (p *plot) span(i int) (begin, end float64) {
	until := p.points[i].Time.Add(gapAfter)
	if i+1 < len(p.points) && p.points[i+1].Time.Before(until) {
		until = p.points[i+1].Time
	}
	return p.x(p.points[i].Time), p.x(until)
}

// line returns the path of a step line, with gaps where the value is not a number or no decision was made.
func (p *plot) line(value func(point *history.Point) float64) string {
	var b strings.Builder
	drawn, lastEnd := false, 0.0
	for i := range p.points {
		v := math.NaN()
		if p.points[i].Decided {
			v = value(&p.points[i])
		}
		begin, end := p.span(i)
		if math.IsNaN(v) {
			drawn = false
			continue
		}
		verb := "M"
		if drawn && begin <= lastEnd+0.01 {
			verb = "L"
		}
		y := number(p.y(v))
		b.WriteString(verb + number(begin) + " " + y + "L" + number(end) + " " + y)
		drawn, lastEnd = true, end
	}
	return b.String()
}

// area returns the path of the rectangles between two values of each point.
func (p *plot) area(values func(i int) (low, high float64)) string {
	var b strings.Builder
	for i := range p.points {
		if !p.points[i].Decided {
			continue
		}
		low, high := values(i)
		begin, end := p.span(i)
		b.WriteString("M" + number(begin) + " " + number(p.y(low)) + "H" + number(end) + "V" + number(p.y(high)) + "H" + number(begin) + "Z")
	}
	return b.String()
}

func (p *plot) yTicks() []tick {
	step := math.Pow(10, math.Floor(math.Log10(p.top)))
	for _, finer := range []float64{5, 2} {
		if p.top/step < 3 && step/finer >= 1 {
			step /= finer
			break
		}
	}
	step = max(1, math.Round(step))
	var ticks []tick
	for v := 0.0; v <= p.top; v += step {
		ticks = append(ticks, tick{number(p.y(v)), strconv.FormatFloat(v, 'f', -1, 64)})
	}
	return ticks
}

// xTicks labels at most nine times. A history of less than a few minutes has seconds.
func (p *plot) xTicks() []tick {
	step, layout := 5*time.Second, "15:04:05"
	for _, wider := range []time.Duration{10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour} {
		if p.to.Sub(p.from)/step > 8 {
			step = wider
		}
	}
	if step >= time.Minute {
		layout = "15:04"
	}
	var ticks []tick
	for t := p.from.Truncate(step).Add(step); t.Before(p.to); t = t.Add(step) {
		ticks = append(ticks, tick{number(p.x(t)), t.UTC().Format(layout)})
	}
	return ticks
}

// number writes a place with one decimal.
func number(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
