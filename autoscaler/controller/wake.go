package controller

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/source"
)

// wakes makes autoscalers due when a refreshed query changes what they propose, so that they do not wait for their period. It
// judges each autoscaler that read the query by its last observation with the new readings, without I/O, in one goroutine.
// Batches wait for the period.
type wakes struct {
	source source.Refreshed // nil for a source that does not refresh queries
	period time.Duration
	now    func() time.Time
	wake   func(cache.ObjectName)

	mu     sync.Mutex
	byName map[cache.ObjectName]*dependent
	// byQuery are the autoscalers whose last decision read a query.
	byQuery map[source.QueryID]*readers
	// refreshed are the queries with a new answer since the last run, and unsure the autoscalers that have decided since, by an
	// answer that can be the previous one. signal has an element while either is not empty.
	refreshed map[source.QueryID]struct{}
	unsure    []*dependent
	signal    chan struct{}
}

// readers are the autoscalers that read a query, and the time of its newest answer.
type readers struct {
	dependents map[*dependent]struct{}
	answered   time.Time
}

// dependent is an autoscaler and its last decision.
type dependent struct {
	name cache.ObjectName

	mu sync.Mutex
	// waiting reports that the autoscaler has decided by metrics, and has not been woken since.
	waiting   bool
	evaluated engine.Evaluated
	// requests are those of the metrics, by index, and queries their queries, by the policy and the plans.
	requests []source.Request
	queries  []source.Query
	policy   *policy.Policy
	plans    source.Plans
}

func newWakes(from source.Source, period time.Duration, now func() time.Time, wake func(cache.ObjectName)) *wakes {
	w := &wakes{
		period: period, now: now, wake: wake,
		byName:    map[cache.ObjectName]*dependent{},
		byQuery:   map[source.QueryID]*readers{},
		refreshed: map[source.QueryID]struct{}{}, signal: make(chan struct{}, 1),
	}
	if refreshed, ok := from.(source.Refreshed); ok {
		w.source = refreshed
		refreshed.OnRefresh(w.add)
	}
	return w
}

// record stores the decision of an object, which read its metrics by these requests.
func (w *wakes) record(o *object, requests []source.Request) {
	if w.source == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.byName[o.key]
	if d == nil {
		d = &dependent{name: o.key}
		w.byName[o.key] = d
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests[:0], requests...)
	if plans := w.source.Plans(); d.policy != o.policy || d.plans != plans {
		w.unlink(d)
		d.policy, d.plans = o.policy, plans
		w.link(d)
	}
	d.evaluated.Record(&o.policy.Spec, &o.state, &o.observation, &o.decision, !o.shadow())
	d.waiting = true
	for _, query := range d.queries {
		if query.Exists() && w.byQuery[query.ID()].answered.After(o.decision.Time) {
			w.unsure = append(w.unsure, d)
			w.notify()
			return
		}
	}
}

// link adds a dependent to the queries of its requests.
func (w *wakes) link(d *dependent) {
	for i := range d.requests {
		query := w.source.QueryOf(&d.requests[i])
		d.queries = append(d.queries, query)
		if !query.Exists() {
			continue
		}
		if w.byQuery[query.ID()] == nil {
			w.byQuery[query.ID()] = &readers{dependents: map[*dependent]struct{}{}}
		}
		w.byQuery[query.ID()].dependents[d] = struct{}{}
	}
}

// unlink removes a dependent from its queries.
func (w *wakes) unlink(d *dependent) {
	for _, query := range d.queries {
		if !query.Exists() || w.byQuery[query.ID()] == nil { // the query of another metric was the same
			continue
		}
		all := w.byQuery[query.ID()].dependents
		if delete(all, d); len(all) == 0 {
			delete(w.byQuery, query.ID())
		}
	}
	d.queries = d.queries[:0]
}

// drop stops waking an autoscaler until its next decision by metrics.
func (w *wakes) drop(name cache.ObjectName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.byName[name]
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w.unlink(d)
	delete(w.byName, name)
	d.waiting = false
}

// add adds a query with a new answer.
func (w *wakes) add(query source.QueryID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if all := w.byQuery[query]; all != nil {
		all.answered = w.now()
		w.refreshed[query] = struct{}{}
		w.notify()
	}
}

func (w *wakes) notify() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// run wakes autoscalers until ctx ends.
func (w *wakes) run(ctx context.Context) {
	if w.source == nil {
		return
	}
	j := judge{wakes: w, reread: w.source.Reread()}
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.signal:
			j.judgeAll()
		}
	}
}

// takeRefreshed returns the dependents of the refreshed queries, and empties these.
func (w *wakes) takeRefreshed(into []*dependent) []*dependent {
	w.mu.Lock()
	defer w.mu.Unlock()
	for query := range w.refreshed {
		if all := w.byQuery[query]; all != nil {
			for d := range all.dependents {
				into = append(into, d)
			}
		}
	}
	into = append(into, w.unsure...)
	clear(w.refreshed)
	clear(w.unsure)
	w.unsure = w.unsure[:0]
	return into
}

// judge has the memory of the goroutine of run.
type judge struct {
	wakes      *wakes
	reread     *source.Rereader
	reconsider engine.Reconsider
	readings   []engine.Reading
	dependents []*dependent
}

// judgeAll wakes the autoscalers that the refreshed queries concern.
func (j *judge) judgeAll() {
	now := j.wakes.now().Truncate(time.Millisecond)
	j.reread.Begin(now)
	j.dependents = j.wakes.takeRefreshed(j.dependents[:0])
	for _, d := range j.dependents {
		if j.concerned(d, now) {
			j.wakes.wake(d.name)
		}
	}
	clear(j.dependents)
}

// concerned reports whether the new readings of an autoscaler call for a decision, once for each decision.
func (j *judge) concerned(d *dependent, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.waiting {
		return false
	}
	j.reread.Reuse()
	j.readings = append(j.readings[:0], d.evaluated.Readings()...)
	for i, query := range d.queries {
		if query.Exists() {
			last := &j.readings[i]
			requests, problem := last.Requests, last.RequestsProblem
			*last = j.reread.Read(&d.requests[i], query)
			last.Requests, last.RequestsProblem = requests, problem
		}
	}
	if !j.reconsider.Concerned(&d.evaluated, j.readings, j.wakes.period, now) {
		return false
	}
	d.waiting = false
	return true
}
