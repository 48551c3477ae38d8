package controller

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/shadow"
)

// shadowGauges are the metrics of autoscalers in mode Shadow. Others have none.
type shadowGauges struct {
	difference, observed, agreed *prometheus.Desc

	mu    sync.Mutex
	byKey map[cache.ObjectName]shadowGauge
}

type shadowGauge struct{ difference, observed, agreed float64 }

func newShadowGauges() *shadowGauges {
	labels := []string{"namespace", "name"}
	return &shadowGauges{
		byKey: map[cache.ObjectName]shadowGauge{},
		difference: prometheus.NewDesc("flyball_autoscaler_shadow_difference_replicas",
			"Decided replicas minus those of the target, of an autoscaler in mode Shadow; 0 while both agree, timing allowed for.", labels, nil),
		observed: prometheus.NewDesc("flyball_autoscaler_shadow_observed_seconds_total",
			"Time in which decisions in mode Shadow were compared with the replicas of the target, since the spec changed.", labels, nil),
		agreed: prometheus.NewDesc("flyball_autoscaler_shadow_agreed_seconds_total",
			"Part of the compared time in which the decisions agreed with the replicas of the target, timing allowed for.", labels, nil),
	}
}

// set replaces the comparison of an autoscaler; nil removes it.
func (g *shadowGauges) set(key cache.ObjectName, c *shadow.Comparison) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c == nil {
		delete(g.byKey, key)
		return
	}
	now := shadowGauge{observed: c.Observed.Seconds(), agreed: c.Agreed.Seconds()}
	if s, differs := c.Current(); differs {
		now.difference = float64(s.Ours - s.Others)
	}
	g.byKey[key] = now
}

// Describe implements prometheus.Collector.
func (g *shadowGauges) Describe(into chan<- *prometheus.Desc) {
	into <- g.difference
	into <- g.observed
	into <- g.agreed
}

// Collect implements prometheus.Collector.
func (g *shadowGauges) Collect(into chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, of := range g.byKey {
		into <- prometheus.MustNewConstMetric(g.difference, prometheus.GaugeValue, of.difference, key.Namespace, key.Name)
		into <- prometheus.MustNewConstMetric(g.observed, prometheus.CounterValue, of.observed, key.Namespace, key.Name)
		into <- prometheus.MustNewConstMetric(g.agreed, prometheus.CounterValue, of.agreed, key.Namespace, key.Name)
	}
}
