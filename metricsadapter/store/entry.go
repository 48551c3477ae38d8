package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// entry is one query, who wants what of it, and how it is asked.
type entry struct {
	query         plan.Query
	noSampleTimes bool

	mu sync.Mutex
	// lastRead is when anything of it was last read, and wanted when the rows of each namespace were.
	lastRead  time.Time
	lastReads map[string]time.Time

	layout atomic.Pointer[layout]
	// wake is for readers of a namespace that is not asked for yet.
	wake chan struct{}

	// What is below belongs to the keeper. trouble is what was last told to the log.
	logged queryLog
	// healthyRefreshes counts the rounds without a failure; after patience of them shards are
	// joined again.
	healthyRefreshes, joinAfter int
}

// minJoinAfter is for how many periods shards must answer before joining some is tried, and mostPatience what that
// becomes, doubled each time that they had to be split again.
const minJoinAfter, maxJoinAfter = 10, 320

func newEntry(q plan.Query, timeless bool) *entry {
	e := &entry{query: q, noSampleTimes: timeless, lastReads: map[string]time.Time{}, wake: make(chan struct{}, 1), joinAfter: minJoinAfter}
	e.layout.Store(newLayout([]*shard{newShard(q, nil, timeless)}, ""))
	return e
}

// recordRead notes who reads.
func (e *entry) recordRead(namespaces []string, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lastRead = now
	if e.query.Namespace == "" {
		return
	}
	for _, namespace := range namespaces {
		e.lastReads[namespace] = now
	}
}

// readNamespaces gives the namespaces that somebody read since a time, sorted, and forgets the others.
func (e *entry) readNamespaces(since time.Time) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.lastReads, func(_ string, last time.Time) bool { return last.Before(since) })
	return slices.Sorted(maps.Keys(e.lastReads))
}

// setLayout puts another layout in force.
func (e *entry) setLayout(parts []*shard, why string) {
	slices.SortStableFunc(parts, bySize)
	close(e.layout.Swap(newLayout(parts, why)).replaced)
}

// wait gives the answer there is, waiting for the first to what is wanted.
func (e *entry) wait(ctx context.Context, namespaces []string) Answer {
	for {
		l := e.layout.Load()
		missing, ready := l.missing(namespaces)
		if ready {
			return l.answer(namespaces)
		}
		var first chan struct{}
		if missing != nil {
			first = missing.first
		} else {
			select {
			case e.wake <- struct{}{}:
			default:
			}
		}
		select {
		case <-first:
		case <-l.replaced:
		case <-ctx.Done():
			return Answer{
				Err:    fmt.Errorf("Prometheus has not answered yet, and the caller waits no longer: %w", ctx.Err()),
				shards: l.shardsOrNil(),
			}
		}
	}
}

// missing gives the first part without an answer; ready says that none is missing. Neither means a namespace that no part
// asks for yet.
func (l *layout) missing(namespaces []string) (first *shard, ready bool) {
	if !l.sharded() {
		return l.shards[0], l.shards[0].answer.Load() != nil
	}
	for _, namespace := range namespaces {
		p := l.byName[namespace]
		if p == nil || p.answer.Load() == nil {
			return p, false
		}
	}
	return nil, true
}

func (l *layout) answer(namespaces []string) Answer {
	switch {
	case !l.sharded():
		return l.shards[0].lastAnswer()
	case len(namespaces) == 0:
		return l.namespacesOnly()
	}
	return Answer{Err: errors.New("nobody asked for this namespace"), shards: l}
}

func (l *layout) shardsOrNil() *layout {
	if l.sharded() {
		return l
	}
	return nil
}
