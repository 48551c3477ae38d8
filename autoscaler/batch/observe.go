package batch

import "time"

// unsteady is the part of the ready replicas by which they can change and nothing is learned from it.
const unsteady = 10

// learn takes from what is left, and how that has changed, how fast it goes.
func (p *planner) learn() {
	s, seen := &p.state, &p.seen
	if seen.HasArrivals {
		p.smooth(seen.Arrivals)
	}
	if p.spec.Source == Measured && seen.HasThroughput && seen.Throughput > 0 {
		s.Rate.Guess = seen.Throughput
	}
	if more := seen.Ready - s.Ready; s.Steady.IsZero() || unsteady*max(more, -more) > s.Ready {
		s.Ready, s.Steady = seen.Ready, p.now
	}
	if !p.known() {
		s.Rate.drop()
		return
	}
	span := seen.At.Sub(s.At)
	known, steady := !s.At.IsZero(), !s.At.Before(s.Steady)
	before := s.Backlog
	if known && span <= 0 {
		return // the sample is the one that is known already
	}
	s.Backlog, s.At = max(0, seen.Backlog), seen.At
	if !known {
		return
	}
	// Where less is left than there are replicas, some of them do nothing.
	if seen.Ready <= 0 || s.Backlog < float64(seen.Ready) {
		s.Rate.drop()
		return
	}
	if steady { // the samples are older than what is known of the replicas
		p.count(before-s.Backlog, span)
	}
}

// count has the backlog shrunk by so much in a time in which all replicas had work.
func (p *planner) count(shrunk float64, span time.Duration) {
	s, seen := &p.state, &p.seen
	switch {
	case p.spec.Source == Learned:
		came := s.Arrivals
		if seen.HasArrivals {
			came = max(0, seen.Arrivals)
		}
		s.Rate.add(shrunk+came*span.Seconds(), seen.Ready, span, p.spec.Rate, seen.Deadline.Sub(seen.Start))
	case !seen.HasArrivals:
		// What replicas do is known, so the rest is what came.
		came := p.throughput()*float64(seen.Ready) - shrunk/span.Seconds()
		s.Arrivals = max(0, s.Arrivals+(came-s.Arrivals)*min(1, span.Seconds()/p.atMost(memory, memories).Seconds()))
	}
}

// smooth takes the rate of arrivals into the mean: a burst says little about hours to come.
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

// throughput of a replica, of which it is known what it is.
func (p *planner) throughput() float64 {
	if p.spec.Source == Measured && p.state.Rate.Guess > 0 {
		return p.state.Rate.Guess
	}
	return p.spec.Rate
}
