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

// Querier asks Prometheus; a [*prom.Client] does.
type Querier interface {
	Query(ctx context.Context, r prom.Request) (prom.Answer, error)
}

// Options of a Store. Zero values stand for the defaults.
type Options struct {
	// Period between two askings of one query. Default 10s.
	Period time.Duration
	// Idle is how long a query is asked on after it was last read. Default 5m.
	Idle time.Duration
	// Logger takes what troubles a query, once. Default: klog's.
	Logger *klog.Logger
}

// Store keeps answers. It is safe for concurrent use.
type Store struct {
	querier Querier
	options Options

	ctx    context.Context // ends with Close: the fetching goes on between the calls, and belongs to none of them
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex
	entries map[plan.Query]*entry
}

// New makes a store. Close ends its work.
func New(querier Querier, o Options) *Store {
	o.Period = cmp.Or(o.Period, 10*time.Second)
	o.Idle = cmp.Or(o.Idle, 5*time.Minute)
	o.Logger = cmp.Or(o.Logger, new(klog.Background()))
	s := &Store{querier: querier, options: o, entries: map[plan.Query]*entry{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Run closes the store when ctx ends, and returns when all its work has ended.
func (s *Store) Run(ctx context.Context) {
	<-ctx.Done()
	s.Close()
}

// Close ends the store's work and waits for its end. What is read after it has the last answers, and new queries have
// none.
func (s *Store) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.tasks.Wait()
}

// Read gives one answer for each want, by the same index. It waits only for what has no answer yet, and no longer than
// ctx allows.
func (s *Store) Read(ctx context.Context, wants []plan.Want) []Answer {
	entries := make([]*entry, len(wants))
	now := time.Now()
	s.mu.Lock()
	for i := range wants {
		entries[i] = s.demand(wants[i].Query, now)
	}
	s.mu.Unlock()

	answers := make([]Answer, len(wants))
	for i, e := range entries {
		answers[i] = e.wait(ctx)
	}
	return answers
}

// demand gives the entry of a query, and starts to ask if nobody did. Called with mu held.
func (s *Store) demand(q plan.Query, now time.Time) *entry {
	e, ok := s.entries[q]
	if !ok {
		e = newEntry(q)
		s.entries[q] = e
		if s.ctx.Err() == nil {
			s.tasks.Go(func() { s.keep(e) })
		} else {
			e.set(Answer{Err: errors.New("the program is ending")})
		}
	}
	e.lastRead = now
	return e
}

// forget drops an entry that nobody has read for long, and says whether it did.
func (s *Store) forget(e *entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(e.lastRead) < s.options.Idle {
		return false
	}
	delete(s.entries, e.query)
	return true
}

// Len is the number of queries that are being asked.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}
