package prom

import (
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics instrument the queries.
type Metrics struct {
	duration *prometheus.HistogramVec
	wait     *prometheus.HistogramVec
	refused  *prometheus.CounterVec

	mu sync.Mutex
	// namespaces that have their own series of refused.
	namespaces map[string]bool
}

// maxNamespaces bounds the series by namespace; the empty namespace counts all further ones.
const maxNamespaces = 100

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "flyball_prometheus_query_duration_seconds",
		Help: "Duration of requests to Prometheus until the response is decoded, by server, endpoint (query, series, label_names, " +
			"label_values) and outcome: ok, or the kind of failure.",
		Buckets: prometheus.ExponentialBuckets(0.005, 2, 13),
	}, []string{"server", "endpoint", "outcome"})}
	m.wait = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "flyball_prometheus_queue_wait_seconds",
		Help: "Time that queries waited for the concurrency limit of the server, by server and class: shared for queries of rules, " +
			"namespace for queries of one namespace.",
		Buckets: prometheus.ExponentialBuckets(0.005, 4, 9),
	}, []string{"server", "class"})
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "flyball_prometheus_over_budget_total",
		Help: "Queries rejected because their namespace had used up its query budget (--namespace-query-budget), by server and " +
			"namespace. After 100 namespaces, further ones have an empty namespace label.",
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

// observeWait records the wait for the concurrency limit, or a rejection because the budget is used up.
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

// namespaceLabel returns the label value for a namespace; empty beyond maxNamespaces.
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
