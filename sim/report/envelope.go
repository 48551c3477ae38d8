package report

import "math"

// Point of a line. A line has a gap where Y is NaN.
type Point struct{ X, Y float64 }

// Envelope reduces a line to the minimum and the maximum of each interval of X, in their order. Points must be added by
// ascending X.
type Envelope struct {
	every  float64
	points []Point
	// of the current interval
	end         float64
	least, most Point
	started     bool
}

// NewEnvelope returns an envelope with intervals of the length every, which is greater than 0.
func NewEnvelope(every float64) *Envelope { return &Envelope{every: every} }

// Add adds a point.
func (e *Envelope) Add(x, y float64) {
	if e.started && (x >= e.end || math.IsNaN(y) != math.IsNaN(e.least.Y)) {
		e.flush()
	}
	p := Point{x, y}
	switch {
	case !e.started:
		e.started, e.end = true, (math.Floor(x/e.every)+1)*e.every
		e.least, e.most = p, p
	case y < e.least.Y:
		e.least = p
	case y > e.most.Y:
		e.most = p
	}
}

func (e *Envelope) flush() {
	first, second := e.least, e.most
	if second.X < first.X {
		first, second = second, first
	}
	if e.points = append(e.points, first); second.X > first.X {
		e.points = append(e.points, second)
	}
	e.started = false
}

// Points returns the reduced line.
func (e *Envelope) Points() []Point {
	if e.started {
		e.flush()
	}
	return e.points
}
