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
	// Offset and Spread place the queries in the period, which begins with whole multiples of it since 1970: each has a
	// place of its own from Offset to Offset+Spread. Give the time that a scrape takes to be in the server as Offset, and
	// less than the period as Spread, where scrapes are aligned to it. Default 0 and the whole period.
	Offset, Spread time.Duration
	// Idle is how long a query is asked on after it was last read. Default 5m.
	Idle time.Duration
	// MaxSlow is how many queries that timed out the last time may be asked at a time, of one server. Less than the turns
	// that there are at a server, so that slow ones leave some to the others. Default 3.
	MaxSlow int
	// NoSampleTimes leaves out the queries for the times of samples. Every sample is then as old as the evaluation that found
	// it, however old it is.
	NoSampleTimes bool
	// Logger takes what troubles a query, once. Default: klog's.
	Logger *klog.Logger
	// Observe, where given, is told of each try, by the goroutine that made it; it must not wait, and be safe for
	// concurrent use.
	Observe func(Refresh)
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
	servers map[string]*serverState
}

// New makes a store. Close ends its work.
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

// entryFor gives the entry of a query, and starts to ask if nobody did. Called with mu held.
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
		e.layout.Load().shards[0].setAnswer(Answer{Err: errors.New("the program is ending")})
	}
	return e
}

// dropIdle drops an entry that nobody has read for long, and says whether it did.
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

// Len is the number of queries that are being asked.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}
