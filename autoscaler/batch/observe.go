package batch

import "time"

const (
	// unsteady is the part of the ready replicas by which they can change and nothing is learned from it.
	unsteady = 10
	// settling is for how long they must be steady before what all did together tells what one does, and settlings how many of
	// these times there are at least in the whole time.
	settling  = 5 * time.Minute
	settlings = 20
)

// learn takes from what is left, and how that has changed, how fast it goes.
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
		return // the sample is the one that is known already
	}
	s.Backlog, s.At = max(0, seen.Backlog), seen.At
	if !known {
		return
	}
	// Where fewer items are left than there are replicas, some of them do nothing.
	if seen.Ready <= 0 || s.Backlog < float64(seen.Ready)*p.spec.itemSize() {
		s.Rate.drop()
		if seen.Shared {
			s.Steady = p.now
		}
		return
	}
	if steady { // the samples are older than what is known of the replicas
		p.count(before-s.Backlog, span)
	}
}

// measure takes the throughput as it is measured.
func (p *planner) measure() {
	seen := &p.seen
	if p.spec.Source != Measured || !seen.HasThroughput || seen.Throughput <= 0 {
		return
	}
	if !seen.Shared || p.now.Sub(p.state.Steady) >= p.atMost(settling, settlings) {
		p.state.Rate.Guess = seen.Throughput
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
	case p.spec.Source == Measured && seen.HasThroughput && seen.Throughput > 0:
		// How much has been measured says how far it can be trusted.
		s.Rate.add(seen.Throughput*float64(seen.Ready)*span.Seconds(), seen.Ready, span, seen.Throughput, seen.Deadline.Sub(seen.Start))
	}
	if p.spec.Source != Learned && !seen.HasArrivals {
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

// cease forgets what has come, where nothing has been left for long enough: what still comes would show in the backlog if
// nobody measures it.
func (p *planner) cease() {
	comes := 0.0
	if p.seen.HasArrivals {
		comes = max(0, p.seen.Arrivals)
	}
	p.state.Arrivals = min(p.state.Arrivals, comes)
}

// throughput of a replica, of which it is known what it is.
func (p *planner) throughput() float64 {
	if p.spec.Source == Measured && p.state.Rate.Guess > 0 {
		return p.state.Rate.Guess
	}
	return p.spec.Rate
}
