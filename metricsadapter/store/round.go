package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/prom"
)

const (
	// mostLate is how many parts may time out in a round before the rest waits for the next: the backend is slow, or this
	// query keeps it so.
	mostLate = 2
	// mostFailed is the same of parts that are refused.
	mostFailed = 16
	// splitsAfter so many timeouts in a row the whole is split. One can be anything.
	splitsAfter = 2
)

// round asks the parts that are due, one after the other. A part that is too much is split, and its halves are asked at
// once, down to the one namespace that fails, so that the others are served.
func (s *Store) round(e *entry) {
	e.follow(time.Now().Add(-s.options.Idle))
	now := time.Now()
	due := slices.DeleteFunc(slices.Clone(e.layout.Load().parts), func(p *part) bool { return p.next.After(now) })
	late, failed := 0, 0
	for len(due) > 0 && s.ctx.Err() == nil {
		p := due[0]
		due = due[1:]
		asked := time.Now()
		err := s.ask(e, p)
		if err == nil {
			continue
		}
		switch kindOf(err) {
		case prom.TooMuch:
			failed++
			halves := s.split(e, p)
			if len(halves) == 0 {
				p.fail(err)
			}
			due = append(halves, due...)
		case prom.Timeout:
			late++
			p.fail(err)
			if (p.names != nil || p.breaker.failures >= splitsAfter) && s.answers(e, asked) {
				s.postpone(e, s.split(e, p), nil)
			}
		case prom.Refused:
			failed++
			p.fail(err)
		default:
			p.fail(err)
			s.postpone(e, due, err)
			s.log(e)
			return
		}
		if late >= mostLate || failed >= mostFailed {
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
	parts := e.layout.Load().parts
	worst := parts[0]
	for _, p := range parts {
		switch {
		case p.breaker.last != nil:
			err := p.breaker.last
			if p.names != nil {
				err = fmt.Errorf("namespace %s: %w", strings.Join(p.names, ", "), err)
			}
			e.trouble.tell(*s.options.Logger, e.query, nil, err, time.Now())
			return
		case p.last().Table != nil && p.last().Table.Partial != "":
			worst = p
		}
	}
	if table := worst.last().Table; table != nil {
		e.trouble.tell(*s.options.Logger, e.query, table, nil, time.Now())
	}
}

// postpone leaves parts to the next period. An error is what all of them would have met.
func (s *Store) postpone(e *entry, parts []*part, err error) {
	for _, p := range parts {
		if err != nil {
			s.miss(e, p, err, 0)
			p.fail(err)
			continue
		}
		p.next = s.nextPlace(e, time.Now())
		p.told()
	}
}

// follow asks for those namespaces that somebody reads and for no others, where they are asked for one by one.
func (e *entry) follow(since time.Time) {
	wanted := e.names(since) // also where it is asked as a whole, so that names of the past are not kept for ever
	l := e.layout.Load()
	if !l.sharded() {
		return
	}
	var gone, instead []*part
	for _, p := range l.parts {
		kept := slices.DeleteFunc(slices.Clone(p.names), func(name string) bool { return !slices.Contains(wanted, name) })
		if len(kept) == len(p.names) {
			continue
		}
		gone = append(gone, p)
		if fewer, err := e.shardsOf(kept); err == nil {
			for _, one := range fewer {
				one.inherit(p)
				one.breaker, one.next = p.breaker, p.next
			}
			instead = append(instead, fewer...)
		}
	}
	added := slices.DeleteFunc(wanted, func(name string) bool { return l.byName[name] != nil })
	if more, err := e.shardsOf(added); err == nil {
		instead = append(instead, more...)
	}
	if parts := l.with(gone, instead); len(parts) == 0 {
		e.arrange([]*part{newPart(e.query, nil, e.timeless)}, "") // Nobody reads a namespace any more.
	} else if len(gone)+len(instead) > 0 {
		e.arrange(parts, l.why)
	}
}

// split puts shards in the place of a part that failed: one for all namespaces that somebody reads instead of the whole,
// two halves instead of a shard. It gives none where there is nothing to split. The shards have what was last known.
func (s *Store) split(e *entry, p *part) []*part {
	l := e.layout.Load()
	shards, err := e.shardsOf(e.names(time.Time{}))
	why := fmt.Sprint(p.breaker.last)
	if l.sharded() {
		if len(p.names) < 2 {
			return nil
		}
		shards, err = e.twoOf(p.names)
		why = l.why
	}
	if err != nil {
		return nil
	}
	for _, one := range shards {
		one.inherit(p)
		one.doubt(p.breaker.last)
	}
	if !l.sharded() {
		s.options.Logger.Info("A query is asked for single namespaces", "query", e.query.Text, "because", why)
	}
	e.arrange(l.with([]*part{p}, shards), why)
	e.calm, e.patience = 0, min(2*e.patience, mostPatience)
	return shards
}

// join tries, after rounds without a failure, to ask for the namespaces of several shards at once, and for the whole when
// there is one shard. What comes of it takes their place if it is answered; if not, nobody notices.
func (s *Store) join(e *entry) {
	l := e.layout.Load()
	if e.calm++; !l.sharded() || e.calm < e.patience {
		return
	}
	e.calm = 0
	var together []*part
	var names []string
	for _, p := range l.parts { // the smallest first
		if p.breaker.failures == 0 && len(names)+len(p.names) <= mostNames {
			together = append(together, p)
			names = append(names, p.names...)
		}
	}
	slices.Sort(names)
	candidate, why := newPart(e.query, nil, e.timeless), ""
	switch {
	case len(together) > 1:
		shards, err := e.shardsOf(names)
		if err != nil || len(shards) > 1 {
			return
		}
		candidate, why = shards[0], l.why
	case len(l.parts) > 1 || len(together) == 0:
		return
	}
	if s.ask(e, candidate) != nil {
		e.patience = min(2*e.patience, mostPatience)
		return
	}
	e.patience = max(e.patience/4, firstPatience)
	if why == "" {
		s.options.Logger.Info("A query is asked as a whole again", "query", e.query.Text)
	}
	e.arrange(l.with(together, []*part{candidate}), why)
}
