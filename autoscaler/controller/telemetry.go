package controller

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Telemetry has the metrics of the loop.
type Telemetry struct {
	stages     *prometheus.HistogramVec
	lateness   prometheus.Histogram
	decisions  *prometheus.CounterVec
	objects    prometheus.Gauge
	statusErrs prometheus.Counter
	wakes      prometheus.Counter
	others     prometheus.Counter
	batches    *batchGauges
	pods       *podGauges
	shadows    *shadowGauges
}

// NewTelemetry creates and registers the metrics.
func NewTelemetry(registry prometheus.Registerer) *Telemetry {
	t := &Telemetry{
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "flyball_autoscaler_stage_duration_seconds",
			Help:    "Duration of a stage of a tick, for the whole batch.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10),
		}, []string{"stage"}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "flyball_autoscaler_evaluation_lateness_seconds",
			Help:    "Time from when an autoscaler is due until it is decided.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300},
		}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flyball_autoscaler_decisions_total",
			Help: "Decisions by outcome: rescaled, unchanged, shadow, failed (no replica count could be computed), " +
				"unreadable (the target's scale), unwritable (the target's scale), paused, conflicting (another autoscaler has the same target), rejected (the spec).",
		}, []string{"outcome"}),
		objects: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "flyball_autoscaler_objects",
			Help: "HorizontalAutoscalers in the loop.",
		}),
		statusErrs: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "flyball_autoscaler_status_write_failures_total",
			Help: "Status updates that failed and are sent again.",
		}),
		wakes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "flyball_autoscaler_wakes_total",
			Help: "Decisions before their period, because a new sample changes the proposal.",
		}),
	}
	t.others = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "flyball_autoscaler_other_writes_total",
		Help: "Changes of the replicas of a target that another writer made, such as kubectl, a GitOps controller or an HPA.",
	})
	t.batches, t.pods, t.shadows = newBatchGauges(), newPodGauges(), newShadowGauges()
	registry.MustRegister(t.stages, t.lateness, t.decisions, t.objects, t.statusErrs, t.wakes, t.others, t.batches, t.pods, t.shadows)
	return t
}

func (t *Telemetry) stage(name string, duration time.Duration) {
	t.stages.WithLabelValues(name).Observe(duration.Seconds())
}

func (t *Telemetry) late(late time.Duration) { t.lateness.Observe(late.Seconds()) }

func (t *Telemetry) autoscalers(n int) { t.objects.Set(float64(n)) }

func (t *Telemetry) statusFailed() { t.statusErrs.Inc() }

func (t *Telemetry) woken() { t.wakes.Inc() }

func (t *Telemetry) otherWriter() { t.others.Inc() }

func (t *Telemetry) decided(o *object) { t.decisions.WithLabelValues(o.outcomeName()).Inc() }

func (o *object) outcomeName() string {
	switch {
	case o.rejected != nil:
		return "rejected"
	case o.paused():
		return "paused"
	case o.conflict != "":
		return "conflicting"
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
		return "unchanged"
	}
}
