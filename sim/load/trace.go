package load

import (
	"math"
	"slices"
	"time"
)

// Trace is a recorded load: values at instants, in order. A value is true from its instant on, for a step.
type Trace struct {
	Points []Point
	// Step is the usual time between two points: the median. A point that comes later than one and a half steps after the
	// one before has a gap before it.
	Step time.Duration
}

// Point is one value of a trace: finite and not negative.
type Point struct {
	At    time.Time
	Value float64
}

// NewTrace makes a trace of at least two points, whose times grow.
func NewTrace(points []Point) *Trace {
	distances := make([]time.Duration, len(points)-1)
	for i := range distances {
		distances[i] = points[i+1].At.Sub(points[i].At)
	}
	slices.Sort(distances)
	return &Trace{Points: points, Step: distances[len(distances)/2]}
}

// Start is when the first point is.
func (t *Trace) Start() time.Time { return t.Points[0].At }

// Length is the time from the first point to a step after the last.
func (t *Trace) Length() time.Duration { return t.offset(len(t.Points)-1) + t.Step }

// Gaps says how many there are, and how long they are together.
func (t *Trace) Gaps() (count int, together time.Duration) {
	for i := range t.Points[1:] {
		if t.gapAfter(i) {
			count++
			together += t.offset(i+1) - t.offset(i) - t.Step
		}
	}
	return count, together
}

// Quantile gives the value that a share of all values do not exceed, such as 0.999 of them.
func (t *Trace) Quantile(share float64) float64 {
	values := make([]float64, len(t.Points))
	for i := range t.Points {
		values[i] = t.Points[i].Value
	}
	slices.Sort(values)
	return values[max(0, int(math.Ceil(share*float64(len(values))))-1)]
}

// offset is when a point is, since the first.
func (t *Trace) offset(i int) time.Duration { return t.Points[i].At.Sub(t.Points[0].At) }

// gapAfter says whether nothing is known from a step after point i to the next. After the last there is only that.
func (t *Trace) gapAfter(i int) bool {
	return i+1 == len(t.Points) || t.offset(i+1)-t.offset(i) > t.Step*3/2
}

// Play says how a trace becomes a load.
type Play struct {
	// Counts says that a value is how many came within its step, so that the rate is the value by the step. Otherwise it is
	// the rate.
	Counts bool
	// Interpolate draws a straight line from one value to the next; a count is then the rate in the middle of its step.
	// Otherwise a value holds until the next one. A coarse trace does not tell what was within its steps: play it both ways.
	Interpolate bool
	// Speed is how many times faster than it was recorded the trace is played; 0 is 1. The rates stay as they are.
	Speed float64
}

// Load gives the trace as a load that begins at its first point. It is meant to be asked for one time after the other.
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
	// last is the point that was found last, from which the next is not far.
	last int
}

func (r *replay) At(elapsed time.Duration) (rate float64, known bool) {
	recorded := time.Duration(float64(elapsed) * r.speed)
	_, known = r.seek(recorded)
	at := recorded - r.shift
	i, found := r.seek(at)
	rate = r.trace.Points[i].Value
	if r.play.Interpolate && found && !r.trace.gapAfter(i) {
		from, to := r.trace.offset(i), r.trace.offset(i+1)
		rate += (r.trace.Points[i+1].Value - rate) * float64(at-from) / float64(to-from)
	}
	return rate * r.perValue, known
}

// seek finds the point that holds at a time, or the last one before it, and says whether it holds.
func (r *replay) seek(at time.Duration) (i int, holds bool) {
	for r.last > 0 && r.trace.offset(r.last) > at {
		r.last--
	}
	for r.last+1 < len(r.trace.Points) && r.trace.offset(r.last+1) <= at {
		r.last++
	}
	since := at - r.trace.offset(r.last)
	return r.last, since >= 0 && (since < r.trace.Step || !r.trace.gapAfter(r.last))
}
