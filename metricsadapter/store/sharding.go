package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/prom"
)

const (
	// maxTimeouts is how many parts may time out in a round before the rest waits for the next: the backend is slow, or this
	// query keeps it so.
	maxTimeouts = 2
	// maxFailures is the same of parts that are refused.
	maxFailures = 16
	// splitsAfter so many timeouts in a row the whole is split. One can be anything.
	splitsAfter = 2
)

// refreshDue asks the parts that are due, one after the other. A part that is too much is split, and its halves are asked at
// once, down to the one namespace that fails, so that the others are served.
func (s *Store) refreshDue(e *entry) {
	e.syncNamespaces(time.Now().Add(-s.options.Idle))
	now := time.Now()
	due := slices.DeleteFunc(slices.Clone(e.layout.Load().shards), func(p *shard) bool { return p.next.After(now) })
	late, failed := 0, 0
	for len(due) > 0 && s.ctx.Err() == nil {
		p := due[0]
		due = due[1:]
		asked := time.Now()
		err := s.refresh(e, p)
		if err == nil {
			continue
		}
		switch kindOf(err) {
		case prom.LimitExceeded:
			failed++
			halves := s.split(e, p)
			if len(halves) == 0 {
				p.setFailure(err)
			}
			due = append(halves, due...)
		case prom.Timeout:
			late++
			p.setFailure(err)
			if (p.namespaces != nil || p.breaker.failures >= splitsAfter) && s.serverAnswers(e, asked) {
				s.postpone(e, s.split(e, p), nil)
			}
		case prom.Refused:
			failed++
			p.setFailure(err)
		default:
			p.setFailure(err)
			s.postpone(e, due, err)
			s.log(e)
			return
		}
		if late >= maxTimeouts || failed >= maxFailures {
			s.postpone(e, due, nil)
			break
		}
	}
	s.join(e)
	s.log(e)
}

// log tells the log what troubles the query as it is asked now: the first part that fails, or else is incomplete.
func (s *Store) log(e *entry) {
	if s.ctx.Err() != nil {
		return // The end of the program is no trouble.
	}
	parts := e.layout.Load().shards
	worst := parts[0]
	for _, p := range parts {
		switch {
		case p.breaker.last != nil:
			err := p.breaker.last
			if p.namespaces != nil {
				err = fmt.Errorf("namespace %s: %w", strings.Join(p.namespaces, ", "), err)
			}
			e.logged.log(*s.options.Logger, e.query, nil, err, time.Now())
			return
		case p.lastAnswer().Table != nil && p.lastAnswer().Table.Partial != "":
			worst = p
		}
	}
	if table := worst.lastAnswer().Table; table != nil {
		e.logged.log(*s.options.Logger, e.query, table, nil, time.Now())
	}
}

// postpone leaves parts to the next period. An error is what all of them would have met.
func (s *Store) postpone(e *entry, parts []*shard, err error) {
	for _, p := range parts {
		if err != nil {
			s.recordFailure(e, p, err, 0)
			p.setFailure(err)
			continue
		}
		p.next = s.nextRefresh(e, time.Now())
		p.updateReport()
	}
}

// syncNamespaces asks for those namespaces that somebody reads and for no others, where they are asked for one by one.
func (e *entry) syncNamespaces(since time.Time) {
	wanted := e.readNamespaces(since) // also where it is asked as a whole, so that names of the past are not kept for ever
	l := e.layout.Load()
	if !l.sharded() {
		return
	}
	var gone, instead []*shard
	for _, p := range l.shards {
		kept := slices.DeleteFunc(slices.Clone(p.namespaces), func(name string) bool { return !slices.Contains(wanted, name) })
		if len(kept) == len(p.namespaces) {
			continue
		}
		gone = append(gone, p)
		if fewer, err := e.shardsOf(kept); err == nil {
			for _, one := range fewer {
				one.copyAnswer(p)
				one.breaker, one.next = p.breaker, p.next
			}
			instead = append(instead, fewer...)
		}
	}
	added := slices.DeleteFunc(wanted, func(name string) bool { return l.byName[name] != nil })
	if more, err := e.shardsOf(added); err == nil {
		instead = append(instead, more...)
	}
	if parts := l.replace(gone, instead); len(parts) == 0 {
		e.setLayout([]*shard{newShard(e.query, nil, e.noSampleTimes)}, "") // Nobody reads a namespace any more.
	} else if len(gone)+len(instead) > 0 {
		e.setLayout(parts, l.reason)
	}
}

// split puts shards in the place of a part that failed: one for all namespaces that somebody reads instead of the whole,
// two halves instead of a shard. It gives none where there is nothing to split. The shards have what was last known.
func (s *Store) split(e *entry, p *shard) []*shard {
	l := e.layout.Load()
	shards, err := e.shardsOf(e.readNamespaces(time.Time{}))
	why := fmt.Sprint(p.breaker.last)
	if l.sharded() {
		if len(p.namespaces) < 2 {
			return nil
		}
		shards, err = e.halves(p.namespaces)
		why = l.reason
	}
	if err != nil {
		return nil
	}
	for _, one := range shards {
		one.copyAnswer(p)
		one.inheritFailure(p.breaker.last)
	}
	if !l.sharded() {
		s.options.Logger.Info("A query is asked for single namespaces", "query", e.query.Text, "because", why)
	}
	e.setLayout(l.replace([]*shard{p}, shards), why)
	e.healthyRefreshes, e.joinAfter = 0, min(2*e.joinAfter, maxJoinAfter)
	return shards
}

// join tries, after rounds without a failure, to ask for the namespaces of several shards at once, and for the whole when
// there is one shard. What comes of it takes their place if it is answered; if not, nobody notices.
func (s *Store) join(e *entry) {
	l := e.layout.Load()
	if e.healthyRefreshes++; !l.sharded() || e.healthyRefreshes < e.joinAfter {
		return
	}
	e.healthyRefreshes = 0
	var together []*shard
	var names []string
	for _, p := range l.shards { // the smallest first
		if p.breaker.failures == 0 && len(names)+len(p.namespaces) <= maxNamespaces {
			together = append(together, p)
			names = append(names, p.namespaces...)
		}
	}
	slices.Sort(names)
	candidate, why := newShard(e.query, nil, e.noSampleTimes), ""
	switch {
	case len(together) > 1:
		shards, err := e.shardsOf(names)
		if err != nil || len(shards) > 1 {
			return
		}
		candidate, why = shards[0], l.reason
	case len(l.shards) > 1 || len(together) == 0:
		return
	}
	if s.refresh(e, candidate) != nil {
		e.joinAfter = min(2*e.joinAfter, maxJoinAfter)
		return
	}
	e.joinAfter = max(e.joinAfter/4, minJoinAfter)
	if why == "" {
		s.options.Logger.Info("A query is asked as a whole again", "query", e.query.Text)
	}
	e.setLayout(l.replace(together, []*shard{candidate}), why)
}
