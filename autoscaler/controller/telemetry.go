package controller

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Telemetry is what the loop tells Prometheus about itself.
type Telemetry struct {
	stages     *prometheus.HistogramVec
	decisions  *prometheus.CounterVec
	objects    prometheus.Gauge
	statusErrs prometheus.Counter
	batches    *batchGauges
}

// NewTelemetry makes the metrics and registers them.
func NewTelemetry(registry prometheus.Registerer) *Telemetry {
	t := &Telemetry{
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "flyball_autoscaler_stage_duration_seconds",
			Help:    "Time that a stage of a tick took, over the whole batch.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10),
		}, []string{"stage"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flyball_autoscaler_decisions_total",
			Help: "Decisions by what became of them: rescaled, kept, shadow, failed (no number could be made), " +
				"unreadable (the target's scale), unwritable (the target's scale), paused, contested (another autoscaler has the same target), refused (the spec).",
		}, []string{"outcome"}),
		objects: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "flyball_autoscaler_objects",
			Help: "HorizontalAutoscalers that the loop looks after.",
		}),
		statusErrs: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "flyball_autoscaler_status_write_failures_total",
			Help: "Statuses that could not be written; the next tick tries again.",
		}),
	}
	t.batches = newBatchGauges()
	registry.MustRegister(t.stages, t.decisions, t.objects, t.statusErrs, t.batches)
	return t
}

func (t *Telemetry) stage(name string, took time.Duration) {
	t.stages.WithLabelValues(name).Observe(took.Seconds())
}

func (t *Telemetry) autoscalers(n int) { t.objects.Set(float64(n)) }

func (t *Telemetry) statusFailed() { t.statusErrs.Inc() }

func (t *Telemetry) decided(o *object) { t.decisions.WithLabelValues(o.outcomeName()).Inc() }

func (o *object) outcomeName() string {
	switch {
	case o.rejected != nil:
		return "refused"
	case o.paused():
		return "paused"
	case o.conflict != "":
		return "contested"
	case !o.outcome.decided:
		return "unreadable"
	case o.decision.Failed:
		return "failed"
	case o.outcome.writeErr != nil:
		return "unwritable"
	case o.shadow():
		return "shadow"
	case o.outcome.rescaled:
		return "rescaled"
	default:
		return "kept"
	}
}
