package store

import (
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// ask asks one part, and puts the answer. A failure is left to the caller to put: the part may still be split.
func (s *Store) ask(e *entry, p *part) error {
	// Those of one namespace are kept to its share of the turns.
	leave, err := s.lane(e.query.Server, p.slow && e.query.Owner == "")
	if err != nil {
		return err
	}
	defer leave()
	p.breaker.trying = true
	p.told()
	at := time.Now()
	reply, err := s.querier.Query(s.ctx, requestOf(p.query, at))
	// How long it took is no sign: it may have waited for its turn behind slow ones.
	p.slow = kindOf(err) == prom.Timeout
	if err != nil {
		s.miss(e, p, err, time.Since(at))
		return err
	}
	s.noteGood(e.query.Server)
	p.breaker.succeeded(at)
	p.put(Answer{Table: s.table(p, reply, at), At: at})
	now := time.Now()
	p.next = s.nextPlace(e, now)
	s.tell(e, p, now.Sub(at))
	return nil
}

func requestOf(q plan.Query, at time.Time) prom.Request {
	return prom.Request{Server: q.Server, Namespace: q.Owner, Query: q.Text, At: at, Lookback: q.Lookback}
}

// miss notes a failure.
func (s *Store) miss(e *entry, p *part, err error, took time.Duration) {
	p.breaker.failed(err)
	p.next = time.Now().Add(s.jittered(e, p.breaker.delay(s.options.Period)))
	s.tell(e, p, took)
}

// table makes a table of a reply, with the times of the samples where they can be told.
func (s *Store) table(p *part, reply prom.Answer, at time.Time) *plan.Table {
	partial := joined(reply.Warnings)
	p.findTimes()
	untimed := func(why string) *plan.Table {
		t := plan.NewTable(p.query, reply.Vector, partial)
		t.Untimed = why
		return t
	}
	switch {
	case p.untimed != "":
		return untimed(p.untimed)
	case len(reply.Vector) == 0: // without rows there is nothing to tell the times of
		return untimed("")
	case p.timesRest > 0:
		p.timesRest--
		return s.unchecked(p, reply, p.last().untimedBefore())
	}
	of := p.companion
	told, err := s.querier.Query(s.ctx, requestOf(of.Query, at))
	if err != nil {
		p.companionFailed(err)
		return s.unchecked(p, reply, "the times of the samples could not be asked for: "+err.Error())
	}
	p.timesFailed = 0
	why := of.Untimed
	if len(told.Warnings) > 0 {
		of.Ranges, of.Gaps = false, false // a time that is not there may be one that was left out
		why = "the times of the samples may be incomplete: " + joined(told.Warnings)
	}
	t := plan.NewTimedTable(p.query, reply.Vector, partial, plan.Times{Of: of, At: at, Vector: told.Vector, Last: p.last().Table})
	t.Untimed = why
	return t
}

// companionFailed notes a failure of the companion. One that its server refuses is asked for times alone from then on.
func (p *part) companionFailed(err error) {
	if kind := kindOf(err); kind == prom.Refused || kind == prom.TooMuch {
		if shorter, noTimes := p.query.TimesOnly(); noTimes == nil && p.companion.Gaps {
			shorter.Ungapped = err.Error()
			p.companion = shorter
			return // and that is asked at the next refresh
		}
	}
	p.timesFailed++
	p.timesRest = 1<<min(p.timesFailed-1, 4) - 1
}

// uncheckedFor is how many failures in a row of a companion make the rows of ranges partial. After that the gaps of the
// query cannot be had, and its metric scales in as one without them.
const uncheckedFor = 3

// unchecked makes a table of a reply whose companion was not answered.
func (s *Store) unchecked(p *part, reply prom.Answer, why string) *plan.Table {
	partial := joined(reply.Warnings)
	t := plan.NewTable(p.query, reply.Vector, partial)
	if p.companion.Gaps && p.timesFailed <= uncheckedFor {
		t = plan.NewUncheckedTable(p.query, reply.Vector, partial, "gaps in the range are unknown: "+why, p.last().Table)
	}
	t.Untimed = why
	return t
}

// untimedBefore is why the last table has no times.
func (a Answer) untimedBefore() string {
	if a.Table == nil {
		return ""
	}
	return a.Table.Untimed
}

// lane waits until a part may take a turn at its server. Those that timed out the last time share few lanes, so that
// however many they are, the others find turns.
func (s *Store) lane(server string, slow bool) (leave func(), err error) {
	if !slow {
		return func() {}, nil
	}
	s.mu.Lock()
	lanes := s.server(server).lanes
	s.mu.Unlock()
	select {
	case lanes <- struct{}{}:
		return func() { <-lanes }, nil
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

// backend is what is known of a server.
type backend struct {
	lanes    chan struct{}
	lastGood time.Time
}

// server is called with mu held.
func (s *Store) server(name string) *backend {
	b := s.servers[name]
	if b == nil {
		b = &backend{lanes: make(chan struct{}, s.options.Slow)}
		s.servers[name] = b
	}
	return b
}

func (s *Store) noteGood(server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server(server).lastGood = time.Now()
}

// answers says that a server has answered something since a time, or that nothing but this entry asks it.
func (s *Store) answers(e *entry, since time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server(e.query.Server).lastGood.After(since) {
		return true
	}
	for q := range s.entries {
		if q.Server == e.query.Server && q != e.query {
			return false
		}
	}
	return true
}
