package report

import "math"

// Point of a line. A line is broken where Y is not a number.
type Point struct{ X, Y float64 }

// Envelope keeps a long line as few points that still have all its peaks: of each interval the least and the greatest value, in
// the order in which they came. The line must be added in the order of X.
type Envelope struct {
	every  float64
	points []Point
	// of the interval that is not over
	end         float64
	least, most Point
	began       bool
}

// NewEnvelope keeps two points for each interval of X, which is greater than 0.
func NewEnvelope(every float64) *Envelope { return &Envelope{every: every} }

// Add adds a point.
func (e *Envelope) Add(x, y float64) {
	if e.began && (x >= e.end || math.IsNaN(y) != math.IsNaN(e.least.Y)) {
		e.flush()
	}
	p := Point{x, y}
	switch {
	case !e.began:
		e.began, e.end = true, (math.Floor(x/e.every)+1)*e.every
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
	e.began = false
}

// Points are those that are kept of what was added.
func (e *Envelope) Points() []Point {
	if e.began {
		e.flush()
	}
	return e.points
}
