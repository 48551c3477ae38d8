package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// shard is one question of an entry: its query as it is, or a shard, which is the query for some namespaces alone. But for
// the answer and the report it belongs to the entry's keeper.
type shard struct {
	// namespaces of a shard's namespaces, sorted; nil for the whole.
	namespaces []string
	query      plan.Query
	// companion tells the times of the samples, unless untimed says why none does.
	companion     plan.Companion
	noTimesReason string
	// timesResolved is true once companion or untimed is set, which takes a parser and is not for readers to wait for.
	timesResolved bool
	// timesFailed counts the companion's failures in a row; timesRest how many refreshes it is left out of yet.
	timesFailed, timesBackoff int

	breaker breaker
	// next is when it is due.
	next time.Time
	// timedOut says that the last try timed out.
	timedOut bool

	answer atomic.Pointer[Answer]
	// first is closed when the first answer, good or bad, is there.
	first  chan struct{}
	report atomic.Pointer[Shard]
}

func newShard(q plan.Query, names []string, timeless bool) *shard {
	p := &shard{query: q, namespaces: names, first: make(chan struct{})}
	if timeless {
		p.noTimesReason, p.timesResolved = "the times of samples are not asked for", true
	}
	p.report.Store(&Shard{Namespaces: names, State: Closed})
	return p
}

// resolveTimes makes the companion, once.
func (p *shard) resolveTimes() {
	if p.timesResolved {
		return
	}
	p.timesResolved = true
	var err error
	if p.companion, err = p.query.Companion(); err != nil {
		p.noTimesReason = err.Error()
	}
}

// setAnswer replaces the answer.
func (p *shard) setAnswer(a Answer) {
	if p.answer.Swap(&a) == nil {
		close(p.first)
	}
}

// setFailure puts the last good answer, with the failure.
func (p *shard) setFailure(err error) {
	last := p.lastAnswer()
	last.Err = err
	p.setAnswer(last)
}

// lastAnswer is the answer there is; an empty one before the first.
func (p *shard) lastAnswer() Answer {
	if a := p.answer.Load(); a != nil {
		return *a
	}
	return Answer{}
}

// copyAnswer takes the answer of the part that this one was a share of.
func (p *shard) copyAnswer(from *shard) {
	if a := from.answer.Load(); a != nil {
		p.setAnswer(*a)
	}
	p.breaker.lastGood = from.breaker.lastGood
}

// inheritFailure gives a part the failure of what it was split from, until it is asked itself: that nobody has asked it yet is no
// reason to believe that it is well.
func (p *shard) inheritFailure(err error) {
	p.breaker.last = err
	if a := p.answer.Load(); a != nil {
		last := *a
		last.Err = err
		p.setAnswer(last)
	}
}

// maxNamespaces is how many namespaces a shard has at most. More names make a query longer and find nothing faster.
const maxNamespaces = 200

// shardsOf makes as few shards as there can be for the namespaces. The error says why there can be none.
func (e *entry) shardsOf(names []string) ([]*shard, error) {
	if len(names) == 0 {
		return nil, errors.New("nobody asks for a namespace")
	}
	if len(names) <= maxNamespaces {
		q, err := e.query.ForNamespaces(names)
		switch {
		case err == nil:
			return []*shard{newShard(q, names, e.noSampleTimes)}, nil
		case len(names) == 1 || !errors.Is(err, plan.ErrTooLong):
			return nil, err
		}
	}
	return e.halves(names)
}

// halves makes shards of each half of the namespaces.
func (e *entry) halves(names []string) ([]*shard, error) {
	left, err := e.shardsOf(names[:len(names)/2])
	if err != nil {
		return nil, err
	}
	right, err := e.shardsOf(names[len(names)/2:])
	return append(left, right...), err
}

// layout is how an entry is asked. It is never changed once made.
type layout struct {
	shards []*shard
	// byName has the part of each namespace; nil where there is but one part, the whole.
	byName map[string]*shard
	// reason it is not asked as a whole.
	reason string
	// replaced is closed when another layout has taken its place.
	replaced chan struct{}
}

func newLayout(parts []*shard, why string) *layout {
	l := &layout{shards: parts, reason: why, replaced: make(chan struct{})}
	if why == "" {
		return l
	}
	l.byName = map[string]*shard{}
	for _, p := range parts {
		for _, name := range p.namespaces {
			l.byName[name] = p
		}
	}
	return l
}

func (l *layout) sharded() bool { return l.byName != nil }

// replace gives the parts without some, and with others in their stead.
func (l *layout) replace(without, others []*shard) []*shard {
	kept := slices.DeleteFunc(slices.Clone(l.shards), func(p *shard) bool { return slices.Contains(without, p) })
	return append(kept, others...)
}

// namespacesOnly is the answer for all namespaces while only some are asked for.
func (l *layout) namespacesOnly() Answer {
	return Answer{Err: fmt.Errorf("only single namespaces can be read, because the query for all fails: %s", l.reason)}
}

func bySize(a, b *shard) int {
	return cmp.Or(cmp.Compare(len(a.namespaces), len(b.namespaces)), slices.Compare(a.namespaces, b.namespaces))
}

func joined(warnings []string) string { return strings.Join(warnings, "; ") }
