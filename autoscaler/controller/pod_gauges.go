package controller

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/engine"
)

// podGauges are the metrics of the pods of targets. Only targets with late, lost or blocked pods have series: six for each autoscaler
// would be most of the metrics of a large cluster.
type podGauges struct {
	pods, blocked *prometheus.Desc

	mu    sync.Mutex
	byKey map[cache.ObjectName]podGauge
}

type podGauge struct {
	counts  engine.PodCounts
	blocked int32
	reason  string
}

func newPodGauges() *podGauges {
	return &podGauges{
		byKey: map[cache.ObjectName]podGauge{},
		pods: prometheus.NewDesc("flyball_autoscaler_pods",
			"Pods of a target by class: serving, starting, late, lost, blocked, ending. Only for targets with late, lost or blocked pods.",
			[]string{"namespace", "name", "class"}, nil),
		blocked: prometheus.NewDesc("flyball_autoscaler_blocked_replicas",
			"Replicas of a target that cannot run, by the reason of the condition CapacityLimited.",
			[]string{"namespace", "name", "reason"}, nil),
	}
}

// set replaces the pods of an autoscaler; nil removes them.
func (g *podGauges) set(key cache.ObjectName, d *engine.Decision) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d == nil || d.Pods.Late+d.Pods.Lost+d.Pods.Blocked+d.Shortage.Blocked == 0 {
		delete(g.byKey, key)
		return
	}
	g.byKey[key] = podGauge{d.Pods, d.Shortage.Blocked, d.CapacityLimited.Reason}
}

// Describe implements prometheus.Collector.
func (g *podGauges) Describe(into chan<- *prometheus.Desc) {
	into <- g.pods
	into <- g.blocked
}

// Collect implements prometheus.Collector.
func (g *podGauges) Collect(into chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, of := range g.byKey {
		for class, count := range map[string]int32{
			"serving": of.counts.Serving, "starting": of.counts.Starting, "late": of.counts.Late,
			"lost": of.counts.Lost, "blocked": of.counts.Blocked, "ending": of.counts.Ending,
		} {
			into <- prometheus.MustNewConstMetric(g.pods, prometheus.GaugeValue, float64(count), key.Namespace, key.Name, class)
		}
		if of.blocked > 0 {
			into <- prometheus.MustNewConstMetric(g.blocked, prometheus.GaugeValue, float64(of.blocked), key.Namespace, key.Name, of.reason)
		}
	}
}
