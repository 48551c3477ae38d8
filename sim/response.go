package sim

import (
	"math"
	"time"

	"flyball.dev/flyball/sim/plant"
)

// Response is how a target answers to one step of its load. It remembers each change of the ready pods since then.
type Response struct {
	at     time.Duration
	before int
	counts []count
}

// count is how many pods were ready from an instant on.
type count struct {
	since time.Duration
	ready int
}

// NewResponse is for a load that steps at a time since the plant began.
func NewResponse(at time.Duration) *Response { return &Response{at: at} }

// Add is told each step, in order.
func (r *Response) Add(m *plant.Moment) {
	switch last := len(r.counts) - 1; {
	case m.At < r.at:
		r.before = m.Ready
	case last < 0 || r.counts[last].ready != m.Ready:
		r.counts = append(r.counts, count{m.At, m.Ready})
	}
}

// band is the share of the last count within which the ready pods have settled, but at least one pod.
const band = 0.05

// Settling is the time from the step until the ready pods came within 5 %, or one pod, of the count that they had in the end,
// and stayed there. The end should be well after it: who is still on the way has settled where he is.
func (r *Response) Settling() time.Duration {
	if len(r.counts) == 0 {
		return 0
	}
	final := r.final()
	settled := r.counts[len(r.counts)-1].since
	for i := len(r.counts) - 1; i >= 0 && math.Abs(float64(r.counts[i].ready-final)) <= max(1, band*float64(final)); i-- {
		settled = r.counts[i].since
	}
	return settled - r.at
}

// Overshoot is by how much the ready pods went beyond the count that they had in the end, in percent of the way there; 0 where
// they ended where they began.
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
