package controller

import (
	"math"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
)

// batchGauges are the metrics of batch windows.
type batchGauges struct {
	gauges []batchGauge

	mu    sync.Mutex
	byKey map[cache.ObjectName][]v1alpha1.BatchStatus
}

type batchGauge struct {
	desc  *prometheus.Desc
	value func(*v1alpha1.BatchStatus) float64
}

func newBatchGauges() *batchGauges {
	gauge := func(name, help string, value func(*v1alpha1.BatchStatus) float64) batchGauge {
		return batchGauge{prometheus.NewDesc("flyball_autoscaler_batch_"+name, help, []string{"namespace", "name", "window"}, nil), value}
	}
	return &batchGauges{
		byKey: map[cache.ObjectName][]v1alpha1.BatchStatus{},
		gauges: []batchGauge{
			gauge("backlog", "Remaining work of a batch window; NaN while it is unknown.", func(b *v1alpha1.BatchStatus) float64 {
				if b.Unknown != "" {
					return math.NaN()
				}
				return b.Backlog.AsApproximateFloat64()
			}),
			gauge("deadline_timestamp_seconds", "Deadline of a batch window, in seconds since 1970.", func(b *v1alpha1.BatchStatus) float64 {
				return float64(b.Deadline.Unix())
			}),
			gauge("predicted_finish_timestamp_seconds", "Predicted or actual time at which no work of a batch window is left, in seconds since 1970; +Inf for never.", func(b *v1alpha1.BatchStatus) float64 {
				if b.Finish == nil {
					return math.Inf(1)
				}
				return float64(b.Finish.Unix())
			}),
			gauge("deadline_at_risk", "1 while maxReplicas cannot finish the work before the deadline, and after a missed deadline.", func(b *v1alpha1.BatchStatus) float64 {
				return float(b.Missed || b.Phase == phases[batch.AtRisk] || b.Phase == phases[batch.Late])
			}),
			gauge("deadline_missed", "1 from a deadline with work left until the window opens again.", func(b *v1alpha1.BatchStatus) float64 {
				return float(b.Missed)
			}),
		},
	}
}

func float(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// set replaces the batches of an autoscaler. The caller must not change them later.
func (g *batchGauges) set(key cache.ObjectName, statuses []v1alpha1.BatchStatus) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(statuses) == 0 {
		delete(g.byKey, key)
		return
	}
	g.byKey[key] = statuses
}

// Describe implements prometheus.Collector.
func (g *batchGauges) Describe(into chan<- *prometheus.Desc) {
	for i := range g.gauges {
		into <- g.gauges[i].desc
	}
}

// Collect implements prometheus.Collector.
func (g *batchGauges) Collect(into chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, statuses := range g.byKey {
		for j := range statuses {
			for i := range g.gauges {
				into <- prometheus.MustNewConstMetric(g.gauges[i].desc, prometheus.GaugeValue, g.gauges[i].value(&statuses[j]),
					key.Namespace, key.Name, statuses[j].Window)
			}
		}
	}
}
