package load

import (
	"math"
	"slices"
	"time"
)

// Trace is a recorded load: values by ascending time. A value holds for a step.
type Trace struct {
	Points []Point
	// Step is the median time between two points. A point more than one and a half steps after the previous one has a gap
	// before it.
	Step time.Duration
}

// Point is one value of a trace: finite and not negative.
type Point struct {
	At    time.Time
	Value float64
}

// NewTrace returns a trace of at least two points with ascending times.
func NewTrace(points []Point) *Trace {
	distances := make([]time.Duration, len(points)-1)
	for i := range distances {
		distances[i] = points[i+1].At.Sub(points[i].At)
	}
	slices.Sort(distances)
	return &Trace{Points: points, Step: distances[len(distances)/2]}
}

// Start is the time of the first point.
func (t *Trace) Start() time.Time { return t.Points[0].At }

// Length is the time from the first point to a step after the last.
func (t *Trace) Length() time.Duration { return t.offset(len(t.Points)-1) + t.Step }

// Gaps returns the number and the total length of gaps.
func (t *Trace) Gaps() (count int, together time.Duration) {
	for i := range t.Points[1:] {
		if t.gapAfter(i) {
			count++
			together += t.offset(i+1) - t.offset(i) - t.Step
		}
	}
	return count, together
}

// Quantile returns the value that a share of all values, such as 0.999, do not exceed.
func (t *Trace) Quantile(share float64) float64 {
	values := make([]float64, len(t.Points))
	for i := range t.Points {
		values[i] = t.Points[i].Value
	}
	slices.Sort(values)
	return values[max(0, int(math.Ceil(share*float64(len(values))))-1)]
}

// offset is the time of a point since the first.
func (t *Trace) offset(i int) time.Duration { return t.Points[i].At.Sub(t.Points[0].At) }

// gapAfter reports whether the load is unknown from a step after point i on; true for the last point.
func (t *Trace) gapAfter(i int) bool {
	return i+1 == len(t.Points) || t.offset(i+1)-t.offset(i) > t.Step*3/2
}

// Play defines the conversion of a trace into a load.
type Play struct {
	// Counts states that values are counts per step. Otherwise they are rates.
	Counts bool
	// Interpolate interpolates linearly between values; a count is the rate in the middle of its step then. Otherwise a value
	// holds until the next one.
	Interpolate bool
	// Speed is the ratio of recorded to played time; 0 is 1. It does not change the rates.
	Speed float64
}

// Load returns the trace as a load that starts at its first point. It is fastest for ascending times.
func (t *Trace) Load(play Play) Load {
	r := &replay{trace: t, play: play, perValue: 1, speed: 1}
	if play.Counts {
		r.perValue = 1 / t.Step.Seconds()
		if play.Interpolate {
			r.shift = t.Step / 2
		}
	}
	if play.Speed > 0 {
		r.speed = play.Speed
	}
	return r
}

type replay struct {
	trace           *Trace
	play            Play
	perValue, speed float64
	shift           time.Duration
	// last is the last found point, where the next search starts.
	last int
}

func (r *replay) At(elapsed time.Duration) (rate float64, known bool) {
	recorded := time.Duration(float64(elapsed) * r.speed)
	_, known = r.seek(recorded)
	instant := recorded - r.shift
	i, found := r.seek(instant)
	rate = r.trace.Points[i].Value
	if r.play.Interpolate && found && !r.trace.gapAfter(i) {
		from, to := r.trace.offset(i), r.trace.offset(i+1)
		rate += (r.trace.Points[i+1].Value - rate) * float64(instant-from) / float64(to-from)
	}
	return rate * r.perValue, known
}

// seek returns the last point at or before a time, and whether its value holds at this time.
func (r *replay) seek(instant time.Duration) (i int, holds bool) {
	for r.last > 0 && r.trace.offset(r.last) > instant {
		r.last--
	}
	for r.last+1 < len(r.trace.Points) && r.trace.offset(r.last+1) <= instant {
		r.last++
	}
	since := instant - r.trace.offset(r.last)
	return r.last, since >= 0 && (since < r.trace.Step || !r.trace.gapAfter(r.last))
}
