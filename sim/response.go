package sim

import (
	"math"
	"time"

	"flyball.dev/flyball/sim/plant"
)

// Response measures the reaction of a target to a step of its load. It stores each change of the ready pods after the step.
type Response struct {
	start  time.Duration
	before int
	counts []count
}

// count is the number of ready pods since a time.
type count struct {
	since time.Duration
	ready int
}

// NewResponse returns a Response to a step at a time since the start of the plant.
func NewResponse(instant time.Duration) *Response { return &Response{start: instant} }

// Add counts a step. Call it with every step, in order.
func (r *Response) Add(m *plant.Moment) {
	switch last := len(r.counts) - 1; {
	case m.At < r.start:
		r.before = m.Ready
	case last < 0 || r.counts[last].ready != m.Ready:
		r.counts = append(r.counts, count{m.At, m.Ready})
	}
}

// band is the settled range around the final number of pods, as a share of it; at least one pod.
const band = 0.05

// Settling is the time from the step until the ready pods stay within 5%, or one pod, of their final number. The run must be
// long enough for them to settle.
func (r *Response) Settling() time.Duration {
	if len(r.counts) == 0 {
		return 0
	}
	final := r.final()
	settled := r.counts[len(r.counts)-1].since
	for i := len(r.counts) - 1; i >= 0 && math.Abs(float64(r.counts[i].ready-final)) <= max(1, band*float64(final)); i-- {
		settled = r.counts[i].since
	}
	return settled - r.start
}

// Overshoot is the maximum of the ready pods beyond their final number, in percent of the change; 0 without a change.
func (r *Response) Overshoot() float64 {
	if len(r.counts) == 0 {
		return 0
	}
	way, most := r.final()-r.before, 0
	if way == 0 {
		return 0
	}
	for _, c := range r.counts {
		most = max(most, (c.ready-r.final())*sign(way))
	}
	return 100 * float64(most) / math.Abs(float64(way))
}

func (r *Response) final() int { return r.counts[len(r.counts)-1].ready }
