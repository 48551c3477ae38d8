package store

import (
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// refresh sends the query of one shard and stores the answer. The caller stores a failure, because the shard may still
// be split.
func (s *Store) refresh(e *entry, p *shard) error {
	// The concurrency limit of their namespace already bounds queries of one namespace.
	leave, err := s.slowSlot(e.query.Server, p.timedOut && e.query.Owner == "")
	if err != nil {
		return err
	}
	defer leave()
	p.breaker.probing = true
	p.updateReport()
	start := time.Now()
	reply, err := s.querier.Query(s.ctx, requestOf(p.query, start))
	// The duration is no indication: it includes the wait for the concurrency limit behind slow queries.
	p.timedOut = kindOf(err) == prom.Timeout
	if err != nil {
		s.recordFailure(e, p, err, time.Since(start))
		return err
	}
	s.recordSuccess(e.query.Server)
	p.breaker.succeeded(start)
	before, table := p.lastAnswer().Table, s.table(p, reply, start)
	p.setAnswer(Answer{Table: table, Time: start})
	now := time.Now()
	p.next = s.nextRefresh(e, now)
	if s.options.FollowScrapes && p.namespaces == nil {
		p.followScrapes(s.options.Period, before, table, start, now)
	}
	s.observe(e, p, now.Sub(start))
	return nil
}

func requestOf(q plan.Query, evaluated time.Time) prom.Request {
	return prom.Request{Server: q.Server, Namespace: q.Owner, Tenant: q.Tenant, Query: q.Text, Time: evaluated, Lookback: q.Lookback}
}

// recordFailure records a failed refresh, and schedules the next.
func (s *Store) recordFailure(e *entry, p *shard, err error, took time.Duration) {
	p.breaker.failed(err)
	if kindOf(err) == prom.LimitExceeded {
		p.cadence = p.cadence.failed()
	}
	p.slowDown(err)
	p.next = time.Now().Add(s.jittered(e, p.breaker.delay(s.options.Period)))
	s.observe(e, p, took)
}

// table builds the table of a result, with sample times where the companion returns them.
func (s *Store) table(p *shard, reply prom.Answer, evaluated time.Time) *plan.Table {
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
	case len(reply.Vector) == 0: // no rows need sample times
		return untimed("")
	case p.timesBackoff > 0:
		p.timesBackoff--
		return s.unchecked(p, reply, p.lastAnswer().noTimesReason())
	}
	of := p.companion
	times, err := s.querier.Query(s.ctx, requestOf(of.Query, evaluated))
	if err != nil {
		p.companionFailed(err)
		return s.unchecked(p, reply, "the query for sample times failed: "+err.Error())
	}
	p.timesFailed = 0
	why := of.NoTimesReason
	if len(times.Warnings) > 0 {
		of.Ranges, of.Gaps = false, false // the server may have omitted times
		why = "sample times may be incomplete: " + joined(times.Warnings)
	}
	t := plan.NewTimedTable(p.query, reply.Vector, partial, plan.SampleTimes{Companion: of, Time: evaluated, Vector: times.Vector, Previous: p.lastAnswer().Table})
	t.NoTimesReason = why
	return t
}

// companionFailed records a failure of the companion query. After a rejection by the server, later refreshes request
// sample times without gaps.
func (p *shard) companionFailed(err error) {
	p.slowDown(err)
	if kind := kindOf(err); kind == prom.Refused || kind == prom.LimitExceeded {
		if shorter, noTimes := p.query.TimesCompanion(); noTimes == nil && p.companion.Gaps {
			shorter.NoGapsReason = err.Error()
			p.companion = shorter
			return // the next refresh sends it
		}
	}
	p.timesFailed++
	p.timesBackoff = 1<<min(p.timesFailed-1, 4) - 1
}

// uncheckedFor is the number of consecutive companion failures that make rows of ranges partial. After that the gaps
// are considered unavailable, and the metric scales in like one without gap detection.
const uncheckedFor = 3

// unchecked builds the table of a result whose companion query failed.
func (s *Store) unchecked(p *shard, reply prom.Answer, why string) *plan.Table {
	partial := joined(reply.Warnings)
	t := plan.NewTable(p.query, reply.Vector, partial)
	if p.companion.Gaps && p.timesFailed <= uncheckedFor {
		t = plan.NewUncheckedTable(p.query, reply.Vector, partial, "gaps in the range are unknown: "+why, p.lastAnswer().Table)
	}
	t.NoTimesReason = why
	return t
}

// noTimesReason is the reason why the last table has no sample times.
func (a Answer) noTimesReason() string {
	if a.Table == nil {
		return ""
	}
	return a.Table.NoTimesReason
}

// slowSlot waits for a slot of queries that timed out at their last refresh. Their number is limited, so that they
// leave concurrency to other queries.
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

// serverState is the state of one server.
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

// serverAnswers reports whether a server has answered a query since a time, or no other entry queries it.
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
