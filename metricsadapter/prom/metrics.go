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
		Name:    "flyball_prometheus_query_duration_seconds",
		Help:    "Time from sending a query to Prometheus to its decoded answer, by outcome: ok, or the kind of failure.",
		Buckets: prometheus.ExponentialBuckets(0.005, 2, 13),
	}, []string{"outcome"})}
	registerer.MustRegister(m.duration)
	return m
}

func (m *Metrics) observe(took time.Duration, err error) {
	if m == nil {
		return
	}
	outcome := "ok"
	if failed, ok := errors.AsType[*Error](err); ok {
		outcome = string(failed.Kind)
	}
	m.duration.WithLabelValues(outcome).Observe(took.Seconds())
}
