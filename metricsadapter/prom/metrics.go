package prom

import (
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics tell how the queries went.
type Metrics struct {
	duration *prometheus.HistogramVec
	wait     *prometheus.HistogramVec
	refused  *prometheus.CounterVec

	mu sync.Mutex
	// namespaces that have a series of refused of their own.
	namespaces map[string]bool
}

// maxNamespaces bounds the series by namespace; the refusals of further namespaces are counted together, as "".
const maxNamespaces = 100

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "flyball_prometheus_query_duration_seconds",
		Help: "Time from sending a request to Prometheus to its decoded answer, by server, endpoint (query, series, label_names, " +
			"label_values) and outcome: ok, or the kind of failure.",
		Buckets: prometheus.ExponentialBuckets(0.005, 2, 13),
	}, []string{"server", "endpoint", "outcome"})}
	m.wait = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "flyball_prometheus_queue_wait_seconds",
		Help: "Time that a query waited for one of the concurrent queries that the server allows, by server and class: shared for rules, " +
			"namespace for queries that belong to one namespace.",
		Buckets: prometheus.ExponentialBuckets(0.005, 4, 9),
	}, []string{"server", "class"})
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "flyball_prometheus_over_budget_total",
		Help: "Queries refused because their namespace had used up its budget of query time (--namespace-query-budget), by server and " +
			"namespace; after 100 namespaces, those of further ones have an empty namespace.",
	}, []string{"server", "namespace"})
	m.namespaces = map[string]bool{}
	registerer.MustRegister(m.duration, m.wait, m.refused)
	return m
}

func (m *Metrics) observe(server, endpoint string, took time.Duration, err error) {
	if m == nil {
		return
	}
	outcome := "ok"
	if failed, ok := errors.AsType[*Error](err); ok {
		outcome = string(failed.Kind)
	}
	m.duration.WithLabelValues(server, endpoint, outcome).Observe(took.Seconds())
}

// observeWait counts the wait for a turn, or that there is none because the budget is used up.
func (m *Metrics) observeWait(server, namespace string, waited time.Duration, err error) {
	if m == nil {
		return
	}
	if failed, ok := errors.AsType[*Error](err); ok && failed.Kind == OverBudget {
		m.refused.WithLabelValues(server, m.namespaceLabel(namespace)).Inc()
		return
	}
	class := "shared"
	if namespace != "" {
		class = "namespace"
	}
	m.wait.WithLabelValues(server, class).Observe(waited.Seconds())
}

// namespaceLabel gives a namespace that has a series of its own, or "".
func (m *Metrics) namespaceLabel(namespace string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.namespaces[namespace] {
		if len(m.namespaces) >= maxNamespaces {
			return ""
		}
		m.namespaces[namespace] = true
	}
	return namespace
}
