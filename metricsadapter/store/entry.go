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

// entry is one query with its readers and its shards.
type entry struct {
	query         plan.Query
	noSampleTimes bool

	mu sync.Mutex
	// lastRead is the time of the last read, and lastReads that of each namespace.
	lastRead  time.Time
	lastReads map[string]time.Time

	layout atomic.Pointer[layout]
	// wake signals a read of a namespace without a shard.
	wake chan struct{}

	// The goroutine of the entry owns the fields below. logged is the last state in the log.
	logged queryLog
	// healthyRefreshes counts refreshes without a failure; after joinAfter of them shards are joined.
	healthyRefreshes, joinAfter int
}

// minJoinAfter is the number of periods without a failure before shards are joined. It doubles up to maxJoinAfter each
// time they are split again.
const minJoinAfter, maxJoinAfter = 10, 320

func newEntry(q plan.Query, timeless bool) *entry {
	e := &entry{query: q, noSampleTimes: timeless, lastReads: map[string]time.Time{}, wake: make(chan struct{}, 1), joinAfter: minJoinAfter}
	e.layout.Store(newLayout([]*shard{newShard(q, nil, timeless)}, ""))
	return e
}

// recordRead records a read.
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

// readNamespaces returns the namespaces that were read since a time, sorted, and deletes the others.
func (e *entry) readNamespaces(since time.Time) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.lastReads, func(_ string, last time.Time) bool { return last.Before(since) })
	return slices.Sorted(maps.Keys(e.lastReads))
}

// setLayout replaces the layout.
func (e *entry) setLayout(parts []*shard, why string) {
	slices.SortStableFunc(parts, bySize)
	close(e.layout.Swap(newLayout(parts, why)).replaced)
}

// wait returns the answer, and waits for the first answer to the requested namespaces.
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
				Err:    fmt.Errorf("no response from Prometheus before the deadline of the request: %w", ctx.Err()),
				shards: l.shardsOrNil(),
			}
		}
	}
}

// missing returns the first shard without an answer. ready reports whether all have one. Neither holds for a namespace
// without a shard.
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
	return Answer{Err: errors.New("no reader requested this namespace"), shards: l}
}

func (l *layout) shardsOrNil() *layout {
	if l.sharded() {
		return l
	}
	return nil
}
