package batch

import "time"

const (
	// unsteady is the inverse of the share of ready replicas that a steady number may change by.
	unsteady = 10
	// settling is the time for which replicas must be steady before a shared throughput counts, and settlings the least number of
	// these times in the whole time.
	settling  = 5 * time.Minute
	settlings = 20
)

// learn updates arrivals and throughput from the change of the backlog.
func (p *planner) learn() {
	s, seen := &p.state, &p.seen
	if seen.HasArrivals {
		p.smooth(seen.Arrivals)
	}
	if p.known() && seen.Backlog <= 0 && p.drained() {
		p.cease()
	}
	if more := seen.Ready - s.Ready; s.Steady.IsZero() || unsteady*max(more, -more) > s.Ready {
		s.Ready, s.Steady = seen.Ready, p.now
	}
	p.measure()
	if !p.known() {
		s.Rate.drop()
		return
	}
	span := seen.At.Sub(s.At)
	known, steady := !s.At.IsZero(), !s.At.Before(s.Steady)
	before := s.Backlog
	if known && span <= 0 {
		return // the sample is the former one
	}
	s.Backlog, s.At = max(0, seen.Backlog), seen.At
	if !known {
		return
	}
	// With fewer items than replicas, some replicas are idle.
	if seen.Ready <= 0 || s.Backlog < float64(seen.Ready)*p.spec.itemSize() {
		s.Rate.drop()
		if seen.Shared {
			s.Steady = p.now
		}
		return
	}
	if steady { // samples are older than the observed replicas
		p.count(before-s.Backlog, span)
	}
}

// measure stores the measured throughput.
func (p *planner) measure() {
	seen := &p.seen
	if p.spec.Source != Measured || !seen.HasThroughput || seen.Throughput <= 0 {
		return
	}
	if !seen.Shared || p.now.Sub(p.state.Steady) >= p.atMost(settling, settlings) {
		p.state.Rate.Guess = seen.Throughput
	}
}

// count updates throughput and arrivals from a decrease of the backlog during span, in which all replicas had work.
func (p *planner) count(shrunk float64, span time.Duration) {
	s, seen := &p.state, &p.seen
	switch {
	case p.spec.Source == Learned:
		came := s.Arrivals
		if seen.HasArrivals {
			came = max(0, seen.Arrivals)
		}
		s.Rate.add(shrunk+came*span.Seconds(), seen.Ready, span, p.spec.Rate, seen.Deadline.Sub(seen.Start))
	case p.spec.Source == Measured && seen.HasThroughput && seen.Throughput > 0:
		// The number of blocks determines the standard error.
		s.Rate.add(seen.Throughput*float64(seen.Ready)*span.Seconds(), seen.Ready, span, seen.Throughput, seen.Deadline.Sub(seen.Start))
	}
	if p.spec.Source != Learned && !seen.HasArrivals {
		// The throughput is known, so the rest is arrivals.
		came := p.throughput()*float64(seen.Ready) - shrunk/span.Seconds()
		s.Arrivals = max(0, s.Arrivals+(came-s.Arrivals)*min(1, span.Seconds()/p.atMost(memory, memories).Seconds()))
	}
}

// smooth averages the rate of arrivals, because a burst does not predict hours.
func (p *planner) smooth(arrivals float64) {
	s := &p.state
	span := p.now.Sub(s.Watched)
	share := 1.0
	if !s.Watched.IsZero() {
		share = min(1, span.Seconds()/p.atMost(memory, memories).Seconds())
	}
	s.Arrivals = max(0, s.Arrivals+(arrivals-s.Arrivals)*share)
	s.Watched = p.now
}

// cease lowers the rate of arrivals to the measured one, or to 0, after a quiet time: unmeasured arrivals would show in the backlog.
func (p *planner) cease() {
	comes := 0.0
	if p.seen.HasArrivals {
		comes = max(0, p.seen.Arrivals)
	}
	p.state.Arrivals = min(p.state.Arrivals, comes)
}

// throughput returns the measured throughput of a replica, or the stated one.
func (p *planner) throughput() float64 {
	if p.spec.Source == Measured && p.state.Rate.Guess > 0 {
		return p.state.Rate.Guess
	}
	return p.spec.Rate
}
