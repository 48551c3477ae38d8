package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/prom"
)

const (
	// maxTimeouts is the number of shards that may time out in one pass before the others wait for the next period: the
	// server is slow, or this query makes it slow.
	maxTimeouts = 2
	// maxFailures is the same for shards that the server rejects.
	maxFailures = 16
	// splitsAfter is the number of consecutive timeouts after which the whole query is split.
	splitsAfter = 2
)

// refreshDue refreshes the due shards one after another. It splits a shard that exceeds a limit and refreshes its
// halves at once, down to the one namespace that fails, so that the others are served.
func (s *Store) refreshDue(e *entry) {
	e.syncNamespaces(time.Now().Add(-s.options.Idle))
	now := time.Now()
	due := slices.DeleteFunc(slices.Clone(e.layout.Load().shards), func(p *shard) bool { return p.next.After(now) })
	late, failed := 0, 0
	for len(due) > 0 && s.ctx.Err() == nil {
		p := due[0]
		due = due[1:]
		start := time.Now()
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
			if (p.namespaces != nil || p.breaker.failures >= splitsAfter) && s.serverAnswers(e, start) {
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

// log logs the state of the entry: the first shard that fails, or else one that is incomplete.
func (s *Store) log(e *entry) {
	if s.ctx.Err() != nil {
		return // Failures at shutdown are not logged.
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

// postpone leaves shards to the next period. err is the failure that all of them would have.
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

// syncNamespaces adjusts the shards to the namespaces that are read.
func (e *entry) syncNamespaces(since time.Time) {
	wanted := e.readNamespaces(since) // also for a query without shards, so that old namespaces are deleted
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
		e.setLayout([]*shard{newShard(e.query, nil, e.noSampleTimes)}, "") // No namespace is read.
	} else if len(gone)+len(instead) > 0 {
		e.setLayout(parts, l.reason)
	}
}

// split replaces a shard that failed: the whole query by shards for all namespaces that are read, a shard by two
// halves. It returns none where nothing can be split. New shards copy the last answer.
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
		s.options.Logger.Info("Sharded a query by namespace", "query", e.query.Text, "reason", why)
	}
	e.setLayout(l.replace([]*shard{p}, shards), why)
	e.healthyRefreshes, e.joinAfter = 0, min(2*e.joinAfter, maxJoinAfter)
	return shards
}

// join tries, after enough refreshes without a failure, one query for the namespaces of several shards, and the whole
// query when one shard is left. If it succeeds, it replaces the shards; a failure has no effect on readers.
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
		s.options.Logger.Info("Joined the shards of a query", "query", e.query.Text)
	}
	e.setLayout(l.replace(together, []*shard{candidate}), why)
}
