package store

import (
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// Refresh is one try to ask something.
type Refresh struct {
	Query plan.Query
	// Namespaces that it was asked for; 0 for the whole.
	Namespaces int
	// Outcome is ok, partial (with warnings of the server's) or the kind of the failure; failed where it has none.
	Outcome string
	// Rows of the answer.
	Rows int
	// NoTimesReason says why the rows have no times of their samples; empty when they do, or there are none.
	NoTimesReason string
	// Oldest is the time of the oldest sample; zero where that is not told.
	Oldest time.Time
	// Duration is the time to the table, waiting for a turn included.
	Duration time.Duration
	// State after it.
	State State
}

// Entry is a query that is being asked, and how that goes.
type Entry struct {
	Query plan.Query
	// ShardReason says why the query is asked for single namespaces only; empty while it is asked as a whole.
	ShardReason string
	// LastRead is when it was last read.
	LastRead time.Time
	// Shards are the shards, or the one whole.
	Shards []Shard
}

// Shard is a question of an entry.
type Shard struct {
	// Namespaces of a shard; nil for the whole. They are not to be changed.
	Namespaces []string
	// State of the circuit breaker, and how often it has failed in a row.
	State    State
	Failures int
	// LastError is why the last try failed; nil if it did not.
	LastError error
	// LastGood is when the last good answer was evaluated, and Next when it is asked again; zero for never and not yet.
	LastGood, Next time.Time
	// Rows, Unusable, Partial, Untimed and Oldest are of the last good answer; see [Refresh] and [plan.Table].
	Rows, Unusable         int
	Partial, NoTimesReason string
	Oldest                 time.Time
}

// Entries lists what is being asked, sorted by server and text.
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

// updateReport brings a part's report up to date, and gives it.
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

// log reports how a try went.
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
