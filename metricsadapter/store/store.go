package store

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/klog/v2"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// Querier sends queries to Prometheus; a [*prom.Client] does.
type Querier interface {
	Query(ctx context.Context, r prom.Request) (prom.Answer, error)
}

// Options of a Store. Zero values select the defaults.
type Options struct {
	// Period between two refreshes of one query. Default 10s.
	Period time.Duration
	// Offset and Spread schedule the queries in the period, which starts at multiples of its length since the Unix
	// epoch: each query has a fixed time between Offset and Offset+Spread. Where scrapes are aligned to the period, set
	// Offset to the time until a scrape is stored, and Spread to less than the period. Default 0 and the whole period.
	Offset, Spread time.Duration
	// FollowScrapes refreshes each query once per scrape interval, at most once a second and at least once per Period,
	// shortly after a scrape is visible, as far as sample times show the interval. Queries without sample times, sharded
	// queries, and queries that the server or a budget cannot bear more often, stay with Period.
	FollowScrapes bool
	// Idle is the time after the last read until the store stops refreshing a query. Default 5m.
	Idle time.Duration
	// MaxSlow is the number of concurrent queries of one server that timed out at their last refresh. It must be less
	// than the server's concurrency limit, so that slow queries leave concurrency to the others. Default 3.
	MaxSlow int
	// NoSampleTimes disables the queries for sample times. Every sample is then as old as its evaluation, whatever its
	// real age.
	NoSampleTimes bool
	// Logger receives each problem of a query once. Default: klog's.
	Logger *klog.Logger
	// Observe, if set, is called for each refresh, by the refreshing goroutine. It must not block, and must be safe for
	// concurrent use.
	Observe func(Refresh)
}

// Store caches query results. It is safe for concurrent use.
type Store struct {
	querier Querier
	options Options

	ctx    context.Context // ends with Close: refreshes run between calls, and belong to none of them
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex
	entries map[plan.Query]*entry
	servers map[string]*serverState
}

// New returns a store. Close ends its work.
func New(querier Querier, o Options) *Store {
	o.Period = cmp.Or(o.Period, 10*time.Second)
	o.Spread = cmp.Or(o.Spread, o.Period)
	o.Idle = cmp.Or(o.Idle, 5*time.Minute)
	o.MaxSlow = cmp.Or(o.MaxSlow, 3)
	o.Logger = cmp.Or(o.Logger, new(klog.Background()))
	s := &Store{querier: querier, options: o, entries: map[plan.Query]*entry{}, servers: map[string]*serverState{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Run closes the store when ctx ends, and returns when its goroutines have ended.
func (s *Store) Run(ctx context.Context) {
	<-ctx.Done()
	s.Close()
}

// Close stops the refreshes and waits for their end. Later reads return the last answers; new queries have none.
func (s *Store) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.tasks.Wait()
}

// Read returns one answer for each request, by index. It waits only for queries without an answer, and no longer than
// ctx allows.
func (s *Store) Read(ctx context.Context, wants []plan.Request) []Answer {
	entries := make([]*entry, len(wants))
	now := time.Now()
	s.mu.Lock()
	for i := range wants {
		entries[i] = s.entryFor(&wants[i], now)
	}
	s.mu.Unlock()

	answers := make([]Answer, len(wants))
	for i, e := range entries {
		answers[i] = e.wait(ctx, wants[i].Namespaces)
	}
	return answers
}

// entryFor returns the entry of a query, and starts its refreshes if it is new. Called with mu held.
func (s *Store) entryFor(w *plan.Request, now time.Time) *entry {
	e, ok := s.entries[w.Query]
	if !ok {
		e = newEntry(w.Query, s.options.NoSampleTimes)
		s.entries[w.Query] = e
	}
	e.recordRead(w.Namespaces, now)
	switch {
	case ok:
	case s.ctx.Err() == nil:
		s.tasks.Go(func() { s.run(e) })
	default:
		e.layout.Load().shards[0].setAnswer(Answer{Err: errors.New("the program is shutting down")})
	}
	return e
}

// dropIdle deletes an entry that was not read for Options.Idle, and reports whether it did.
func (s *Store) dropIdle(e *entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.lastRead) < s.options.Idle {
		return false
	}
	delete(s.entries, e.query)
	return true
}

// Peek returns the newest answer to a query without a read, so that the query can become idle. It does not wait: a query
// that the store does not refresh has an empty answer.
func (s *Store) Peek(q plan.Query) Answer {
	s.mu.Lock()
	e := s.entries[q]
	s.mu.Unlock()
	if e == nil {
		return Answer{}
	}
	if l := e.layout.Load(); l.sharded() {
		return Answer{shards: l}
	}
	return e.layout.Load().shards[0].lastAnswer()
}

// Len returns the number of queries that the store refreshes.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}
