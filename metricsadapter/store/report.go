package store

import (
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// Refresh is one attempt to refresh a shard.
type Refresh struct {
	Query plan.Query
	// Namespaces is the number of namespaces of the shard; 0 for the whole query.
	Namespaces int
	// Outcome is ok, partial (with warnings of the server), or the kind of the failure; failed for other errors.
	Outcome string
	// Rows of the result.
	Rows int
	// NoTimesReason states why the rows have no sample times; empty when they have, or the result is empty.
	NoTimesReason string
	// Oldest is the time of the oldest sample; zero where it is unknown.
	Oldest time.Time
	// Duration includes the wait for the concurrency limit.
	Duration time.Duration
	// State after the attempt.
	State State
}

// Entry is a query that the store refreshes, and its state.
type Entry struct {
	Query plan.Query
	// ShardReason states why the query is sharded by namespace; empty while it is not.
	ShardReason string
	// LastRead is the time of the last read.
	LastRead time.Time
	// Shards are the shards, or the whole query as the only one.
	Shards []Shard
}

// Shard is the state of a shard.
type Shard struct {
	// Namespaces of the shard; nil for the whole query. Callers must not change them.
	Namespaces []string
	// State of the circuit breaker, and the number of consecutive failures.
	State    State
	Failures int
	// LastError is the reason why the last refresh failed; nil if it succeeded.
	LastError error
	// LastGood is the evaluation time of the last successful result, and Next the time of the next refresh; zero for
	// none.
	LastGood, Next time.Time
	// Rows to Oldest describe the last successful result; see [Refresh] and [plan.Table].
	Rows, Unusable         int
	Partial, NoTimesReason string
	Oldest                 time.Time
}

// Entries returns the queries that the store refreshes, sorted by server and text.
func (s *Store) Entries() []Entry {
	s.mu.Lock()
	entries := make([]Entry, 0, len(s.entries))
	for _, e := range s.entries {
		entries = append(entries, e.entry())
	}
	s.mu.Unlock()
	slices.SortFunc(entries, func(a, b Entry) int {
		if order := strings.Compare(a.Query.Server, b.Query.Server); order != 0 {
			return order
		}
		return strings.Compare(a.Query.Text, b.Query.Text)
	})
	return entries
}

func (e *entry) entry() Entry {
	l := e.layout.Load()
	listed := Entry{Query: e.query, ShardReason: l.reason}
	e.mu.Lock()
	listed.LastRead = e.lastRead
	e.mu.Unlock()
	for _, p := range l.shards {
		listed.Shards = append(listed.Shards, *p.report.Load())
	}
	return listed
}

// updateReport updates a shard's report, and returns it.
func (p *shard) updateReport() Shard {
	report := Shard{
		Namespaces: p.namespaces,
		State:      p.breaker.state(),
		Failures:   p.breaker.failures,
		LastError:  p.breaker.last,
		LastGood:   p.breaker.lastGood,
		Next:       p.next,
	}
	if table := p.lastAnswer().Table; table != nil {
		report.Rows, report.Partial, report.NoTimesReason = table.Len(), table.Partial, table.NoTimesReason
		report.Oldest, _ = table.Oldest()
		report.Unusable, _ = table.UnusableRows()
	}
	p.report.Store(&report)
	return report
}

// observe reports a refresh to Options.Observe.
func (s *Store) observe(e *entry, p *shard, took time.Duration) {
	report := p.updateReport()
	if s.options.Observe == nil {
		return
	}
	r := Refresh{Query: e.query, Namespaces: len(p.namespaces), Outcome: "ok", Duration: took, State: report.State}
	switch {
	case report.LastError != nil:
		r.Outcome = string(kindOf(report.LastError))
		if r.Outcome == "" {
			r.Outcome = "failed"
		}
	case report.Partial != "":
		r.Outcome = "partial"
		fallthrough
	default:
		r.Rows, r.NoTimesReason, r.Oldest = report.Rows, report.NoTimesReason, report.Oldest
	}
	s.options.Observe(r)
}
