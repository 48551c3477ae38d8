package store

import (
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// refresh asks one part, and puts the answer. A failure is left to the caller to put: the part may still be split.
func (s *Store) refresh(e *entry, p *shard) error {
	// Those of one namespace are kept to its share of the turns.
	leave, err := s.slowSlot(e.query.Server, p.timedOut && e.query.Owner == "")
	if err != nil {
		return err
	}
	defer leave()
	p.breaker.probing = true
	p.updateReport()
	at := time.Now()
	reply, err := s.querier.Query(s.ctx, requestOf(p.query, at))
	// How long it took is no sign: it may have waited for its turn behind slow ones.
	p.timedOut = kindOf(err) == prom.Timeout
	if err != nil {
		s.recordFailure(e, p, err, time.Since(at))
		return err
	}
	s.recordSuccess(e.query.Server)
	p.breaker.succeeded(at)
	p.setAnswer(Answer{Table: s.table(p, reply, at), Time: at})
	now := time.Now()
	p.next = s.nextRefresh(e, now)
	s.observe(e, p, now.Sub(at))
	return nil
}

func requestOf(q plan.Query, at time.Time) prom.Request {
	return prom.Request{Server: q.Server, Namespace: q.Owner, Query: q.Text, Time: at, Lookback: q.Lookback}
}

// recordFailure notes a failure.
func (s *Store) recordFailure(e *entry, p *shard, err error, took time.Duration) {
	p.breaker.failed(err)
	p.next = time.Now().Add(s.jittered(e, p.breaker.delay(s.options.Period)))
	s.observe(e, p, took)
}

// table makes a table of a reply, with the times of the samples where they can be told.
func (s *Store) table(p *shard, reply prom.Answer, at time.Time) *plan.Table {
	partial := joined(reply.Warnings)
	p.resolveTimes()
	untimed := func(why string) *plan.Table {
		t := plan.NewTable(p.query, reply.Vector, partial)
		t.NoTimesReason = why
		return t
	}
	switch {
	case p.noTimesReason != "":
		return untimed(p.noTimesReason)
	case len(reply.Vector) == 0: // without rows there is nothing to tell the times of
		return untimed("")
	case p.timesBackoff > 0:
		p.timesBackoff--
		return s.unchecked(p, reply, p.lastAnswer().noTimesReason())
	}
	of := p.companion
	told, err := s.querier.Query(s.ctx, requestOf(of.Query, at))
	if err != nil {
		p.companionFailed(err)
		return s.unchecked(p, reply, "the times of the samples could not be asked for: "+err.Error())
	}
	p.timesFailed = 0
	why := of.NoTimesReason
	if len(told.Warnings) > 0 {
		of.Ranges, of.Gaps = false, false // a time that is not there may be one that was left out
		why = "the times of the samples may be incomplete: " + joined(told.Warnings)
	}
	t := plan.NewTimedTable(p.query, reply.Vector, partial, plan.SampleTimes{Companion: of, Time: at, Vector: told.Vector, Previous: p.lastAnswer().Table})
	t.NoTimesReason = why
	return t
}

// companionFailed notes a failure of the companion. One that its server refuses is asked for times alone from then on.
func (p *shard) companionFailed(err error) {
	if kind := kindOf(err); kind == prom.Refused || kind == prom.LimitExceeded {
		if shorter, noTimes := p.query.TimesCompanion(); noTimes == nil && p.companion.Gaps {
			shorter.NoGapsReason = err.Error()
			p.companion = shorter
			return // and that is asked at the next refresh
		}
	}
	p.timesFailed++
	p.timesBackoff = 1<<min(p.timesFailed-1, 4) - 1
}

// uncheckedFor is how many failures in a row of a companion make the rows of ranges partial. After that the gaps of the
// query cannot be had, and its metric scales in as one without them.
const uncheckedFor = 3

// unchecked makes a table of a reply whose companion was not answered.
func (s *Store) unchecked(p *shard, reply prom.Answer, why string) *plan.Table {
	partial := joined(reply.Warnings)
	t := plan.NewTable(p.query, reply.Vector, partial)
	if p.companion.Gaps && p.timesFailed <= uncheckedFor {
		t = plan.NewUncheckedTable(p.query, reply.Vector, partial, "gaps in the range are unknown: "+why, p.lastAnswer().Table)
	}
	t.NoTimesReason = why
	return t
}

// noTimesReason is why the last table has no times.
func (a Answer) noTimesReason() string {
	if a.Table == nil {
		return ""
	}
	return a.Table.NoTimesReason
}

// slowSlot waits until a part may take a turn at its server. Those that timed out the last time share few lanes, so that
// however many they are, the others find turns.
func (s *Store) slowSlot(server string, slow bool) (leave func(), err error) {
	if !slow {
		return func() {}, nil
	}
	s.mu.Lock()
	lanes := s.server(server).slowSlots
	s.mu.Unlock()
	select {
	case lanes <- struct{}{}:
		return func() { <-lanes }, nil
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

// serverState is what is known of a server.
type serverState struct {
	slowSlots chan struct{}
	lastGood  time.Time
}

// server is called with mu held.
func (s *Store) server(name string) *serverState {
	b := s.servers[name]
	if b == nil {
		b = &serverState{slowSlots: make(chan struct{}, s.options.MaxSlow)}
		s.servers[name] = b
	}
	return b
}

func (s *Store) recordSuccess(server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server(server).lastGood = time.Now()
}

// serverAnswers says that a server has answered something since a time, or that nothing but this entry asks it.
func (s *Store) serverAnswers(e *entry, since time.Time) bool {
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
