package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"flyball.dev/flyball/metricsadapter/store"
)

// Store lists the queries that are refreshed; a [*store.Store] does.
type Store interface {
	Entries() []store.Entry
}

// Queries exports the metrics of a store's queries.
type Queries struct {
	names   ruleNames
	store   Store
	total   *prometheus.CounterVec
	seconds *prometheus.CounterVec
}

// NewQueries returns the metrics of the queries of rules. Set its Observe in the options of the store, and pass the
// store to SetStore.
func NewQueries(rules Rules) *Queries {
	return &Queries{
		names: ruleNames{rules: rules},
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flyball_query_refreshes_total",
			Help: "Refreshes of queries, by rule and outcome: ok, partial (with warnings), or the kind of failure.",
		}, []string{"rule", "outcome"}),
		seconds: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flyball_query_refresh_seconds_total",
			Help: "Total duration of query refreshes, including the wait for the concurrency limit, by rule.",
		}, []string{"rule"}),
	}
}

// SetStore sets the store whose queries are exported. Call it before registration.
func (q *Queries) SetStore(s Store) { q.store = s }

// Observe records a refresh.
func (q *Queries) Observe(r store.Refresh) {
	name := q.names.name(r.Query)
	q.total.WithLabelValues(name, r.Outcome).Inc()
	q.seconds.WithLabelValues(name).Add(r.Duration.Seconds())
}

var (
	asked = prometheus.NewDesc("flyball_queries",
		"Queries that are refreshed because a client reads them, by rule.", []string{"rule"}, nil)
	rows = prometheus.NewDesc("flyball_query_rows",
		"Rows of the last successful results, by rule.", []string{"rule"}, nil)
	unusable = prometheus.NewDesc("flyball_query_unusable_rows",
		"Rows of the last successful results without a usable value (NaN, infinite or a histogram), by rule.", []string{"rule"}, nil)
	age = prometheus.NewDesc("flyball_query_sample_age_seconds",
		"Age of the oldest sample in the last successful results, by rule. Absent where sample times are unknown.", []string{"rule"}, nil)
	since = prometheus.NewDesc("flyball_query_since_success_seconds",
		"Time since the last successful result, by rule; the longest of several queries. Absent before the first.", []string{"rule"}, nil)
	open = prometheus.NewDesc("flyball_query_breakers_open",
		"Query shards whose circuit breaker is not closed, by rule.", []string{"rule"}, nil)
)

// Describe implements [prometheus.Collector].
func (q *Queries) Describe(to chan<- *prometheus.Desc) {
	q.total.Describe(to)
	q.seconds.Describe(to)
	for _, d := range []*prometheus.Desc{asked, rows, unusable, age, since, open} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (q *Queries) Collect(to chan<- prometheus.Metric) {
	q.total.Collect(to)
	q.seconds.Collect(to)
	gauge := func(d *prometheus.Desc, value float64, rule string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, rule)
	}
	now := time.Now()
	for rule, s := range q.stats() {
		gauge(asked, float64(s.queries), rule)
		gauge(rows, float64(s.rows), rule)
		gauge(unusable, float64(s.unusable), rule)
		gauge(open, float64(s.open), rule)
		if !s.oldest.IsZero() {
			gauge(age, now.Sub(s.oldest).Seconds(), rule)
		}
		if !s.lastGood.IsZero() {
			gauge(since, now.Sub(s.lastGood).Seconds(), rule)
		}
	}
}

// queryStats sums the queries of one rule.
type queryStats struct {
	queries, rows, unusable, open int
	// oldest sample and oldest successful result; zero where unknown.
	oldest, lastGood time.Time
}

func (q *Queries) stats() map[string]*queryStats {
	sums := map[string]*queryStats{}
	for _, e := range q.store.Entries() {
		name := q.names.name(e.Query)
		s := sums[name]
		if s == nil {
			s = &queryStats{}
			sums[name] = s
		}
		s.queries++
		for i := range e.Shards {
			s.add(&e.Shards[i])
		}
	}
	return sums
}

func (s *queryStats) add(p *store.Shard) {
	s.rows += p.Rows
	s.unusable += p.Unusable
	if p.State != store.Closed {
		s.open++
	}
	s.oldest = earlier(s.oldest, p.Oldest)
	s.lastGood = earlier(s.lastGood, p.LastGood)
}

// earlier returns the earlier of two times; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
