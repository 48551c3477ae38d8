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

// part is one question of an entry: its query as it is, or a shard, which is the query for some namespaces alone. But for
// the answer and the report it belongs to the entry's keeper.
type part struct {
	// names of a shard's namespaces, sorted; nil for the whole.
	names []string
	query plan.Query
	// companion tells the times of the samples, unless untimed says why none does.
	companion plan.Companion
	untimed   string
	// timed is true once companion or untimed is set, which takes a parser and is not for readers to wait for.
	timed bool
	// timesFailed counts the companion's failures in a row; timesRest how many refreshes it is left out of yet.
	timesFailed, timesRest int

	breaker breaker
	// next is when it is due.
	next time.Time
	// slow says that the last try timed out.
	slow bool

	answer atomic.Pointer[Answer]
	// first is closed when the first answer, good or bad, is there.
	first  chan struct{}
	report atomic.Pointer[Part]
}

func newPart(q plan.Query, names []string, timeless bool) *part {
	p := &part{query: q, names: names, first: make(chan struct{})}
	if timeless {
		p.untimed, p.timed = "the times of samples are not asked for", true
	}
	p.report.Store(&Part{Namespaces: names, State: Closed})
	return p
}

// findTimes makes the companion, once.
func (p *part) findTimes() {
	if p.timed {
		return
	}
	p.timed = true
	var err error
	if p.companion, err = p.query.Times(); err != nil {
		p.untimed = err.Error()
	}
}

// put replaces the answer.
func (p *part) put(a Answer) {
	if p.answer.Swap(&a) == nil {
		close(p.first)
	}
}

// fail puts the last good answer, with the failure.
func (p *part) fail(err error) {
	last := p.last()
	last.Err = err
	p.put(last)
}

// last is the answer there is; an empty one before the first.
func (p *part) last() Answer {
	if a := p.answer.Load(); a != nil {
		return *a
	}
	return Answer{}
}

// inherit takes the answer of the part that this one was a share of.
func (p *part) inherit(from *part) {
	if a := from.answer.Load(); a != nil {
		p.put(*a)
	}
	p.breaker.lastGood = from.breaker.lastGood
}

// doubt gives a part the failure of what it was split from, until it is asked itself: that nobody has asked it yet is no
// reason to believe that it is well.
func (p *part) doubt(err error) {
	p.breaker.last = err
	if a := p.answer.Load(); a != nil {
		last := *a
		last.Err = err
		p.put(last)
	}
}

// mostNames is how many namespaces a shard has at most. More names make a query longer and find nothing faster.
const mostNames = 200

// shardsOf makes as few shards as there can be for the namespaces. The error says why there can be none.
func (e *entry) shardsOf(names []string) ([]*part, error) {
	if len(names) == 0 {
		return nil, errors.New("nobody asks for a namespace")
	}
	if len(names) <= mostNames {
		q, err := e.query.In(names)
		switch {
		case err == nil:
			return []*part{newPart(q, names, e.timeless)}, nil
		case len(names) == 1 || !errors.Is(err, plan.ErrTooLong):
			return nil, err
		}
	}
	return e.twoOf(names)
}

// twoOf makes shards of each half of the namespaces.
func (e *entry) twoOf(names []string) ([]*part, error) {
	left, err := e.shardsOf(names[:len(names)/2])
	if err != nil {
		return nil, err
	}
	right, err := e.shardsOf(names[len(names)/2:])
	return append(left, right...), err
}

// layout is how an entry is asked. It is never changed once made.
type layout struct {
	parts []*part
	// byName has the part of each namespace; nil where there is but one part, the whole.
	byName map[string]*part
	// why it is not asked as a whole.
	why string
	// over is closed when another layout has taken its place.
	over chan struct{}
}

func newLayout(parts []*part, why string) *layout {
	l := &layout{parts: parts, why: why, over: make(chan struct{})}
	if why == "" {
		return l
	}
	l.byName = map[string]*part{}
	for _, p := range parts {
		for _, name := range p.names {
			l.byName[name] = p
		}
	}
	return l
}

func (l *layout) sharded() bool { return l.byName != nil }

// with gives the parts without some, and with others in their stead.
func (l *layout) with(without, others []*part) []*part {
	kept := slices.DeleteFunc(slices.Clone(l.parts), func(p *part) bool { return slices.Contains(without, p) })
	return append(kept, others...)
}

// refused is the answer for all namespaces while only some are asked for.
func (l *layout) refused() Answer {
	return Answer{Err: fmt.Errorf("only single namespaces can be read, because the query for all fails: %s", l.why)}
}

func bySize(a, b *part) int {
	return cmp.Or(cmp.Compare(len(a.names), len(b.names)), slices.Compare(a.names, b.names))
}

func joined(warnings []string) string { return strings.Join(warnings, "; ") }
