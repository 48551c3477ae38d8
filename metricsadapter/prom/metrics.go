package prom

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics tell how the queries went.
type Metrics struct {
	duration *prometheus.HistogramVec
}

// NewMetrics registers the metrics.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "flyball_prometheus_query_duration_seconds",
		Help: "Time from sending a request to Prometheus to its decoded answer, by server, endpoint (query, series, label_names, " +
			"label_values) and outcome: ok, or the kind of failure.",
		Buckets: prometheus.ExponentialBuckets(0.005, 2, 13),
	}, []string{"server", "endpoint", "outcome"})}
	registerer.MustRegister(m.duration)
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
