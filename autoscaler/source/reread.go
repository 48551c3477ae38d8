package source

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/plan"
)

// QueryID identifies a query that a Source refreshes.
type QueryID plan.Query

// Query is the query of a request. The zero Query is that of a request that is not read through refreshed queries.
type Query struct{ planned *planned }

// Plans identifies the rules by which requests have their queries.
type Plans struct{ planner *planner }

// Exists reports whether q is a query, not the zero Query.
func (q Query) Exists() bool { return q.planned != nil }

// ID returns the identity of the query. q must exist.
func (q Query) ID() QueryID { return QueryID(q.planned.query) }

// Refreshed is a Source that refreshes queries on its own and reads them from memory.
type Refreshed interface {
	// OnRefresh sets the function that is called with each query that has a new answer. It must not block.
	OnRefresh(call func(QueryID))
	// QueryOf returns the query of a request; the zero Query where it has none or the query has a problem.
	QueryOf(r *Request) Query
	// Plans returns the rules in force. A request keeps its query while they are the same.
	Plans() Plans
	// Reread returns a reader of newest answers, for one goroutine.
	Reread() *Rereader
}

// OnRefresh implements [Refreshed].
func (d *Direct) OnRefresh(call func(QueryID)) { d.refreshed.Store(&call) }

// HasRefreshed reports a new answer to a query. The store calls it.
func (d *Direct) HasRefreshed(query plan.Query) {
	if call := d.refreshed.Load(); call != nil {
		(*call)(QueryID(query))
	}
}

// QueryOf implements [Refreshed].
func (d *Direct) QueryOf(r *Request) Query {
	if p := d.planner().plan(r); p.problem == "" {
		return Query{planned: p}
	}
	return Query{}
}

// Plans implements [Refreshed].
func (d *Direct) Plans() Plans { return Plans{d.planner()} }

// Reread implements [Refreshed].
func (d *Direct) Reread() *Rereader { return &Rereader{direct: d} }

// Rereader reads requests again from the newest answers, without I/O. Its readings share memory, so that many requests can be read
// without an allocation each.
type Rereader struct {
	direct *Direct
	now    time.Time
	// answered and maxAge are of the last request, which fresh and problem belong to: many requests have the same.
	answered *plan.Table
	maxAge   time.Duration
	fresh    *plan.Table
	problem  error

	memory [][]engine.Sample
	used   int
}

// Begin starts a series of readings at now.
func (x *Rereader) Begin(now time.Time) { x.now, x.answered = now, nil }

// Reuse ends the use of all earlier readings.
func (x *Rereader) Reuse() { x.used = 0 }

// Read returns the reading of a request by the newest answer to its query q, valid until the next Reuse.
func (x *Rereader) Read(r *Request, q Query) engine.Reading {
	answer := x.direct.answers.Peek(q.planned.query).ForNamespace(r.Namespace)
	if answer.Table == nil || answer.Table != x.answered || q.planned.maxAge != x.maxAge {
		x.answered, x.maxAge = answer.Table, q.planned.maxAge
		x.fresh, x.problem = answer.Fresh(x.now, q.planned.maxAge)
	}
	request := *r
	request.samples = x.samples(len(r.Pods))
	read := readTable(&request, q.planned, x.fresh, x.problem, answer.Time)
	read.Via = ViaDirect
	return read
}

// samples returns memory for n samples.
func (x *Rereader) samples(n int) []engine.Sample {
	if x.used == len(x.memory) {
		x.memory = append(x.memory, nil)
	}
	if x.memory[x.used] == nil || cap(x.memory[x.used]) < n {
		x.memory[x.used] = make([]engine.Sample, n)
	}
	x.used++
	return x.memory[x.used-1]
}

// OnRefresh implements [Refreshed].
func (c *combined) OnRefresh(call func(QueryID)) {
	if c.direct != nil {
		c.direct.OnRefresh(call)
	}
}

// QueryOf implements [Refreshed].
func (c *combined) QueryOf(r *Request) Query {
	if c.direct == nil || !c.direct.Serves(r) {
		return Query{}
	}
	return c.direct.QueryOf(r)
}

// Plans implements [Refreshed].
func (c *combined) Plans() Plans {
	if c.direct == nil {
		return Plans{}
	}
	return c.direct.Plans()
}

// Reread implements [Refreshed].
func (c *combined) Reread() *Rereader { return c.direct.Reread() }
