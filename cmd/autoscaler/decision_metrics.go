package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"flyball.dev/flyball/autoscaler/controller"
	"flyball.dev/flyball/autoscaler/summary"
)

// decisionMetrics are the metrics of the last decision about each autoscaler. They have a path of their own, because nine series for each
// of thousands of autoscalers are more than all others. They are read from memory when they are scraped, and cost nothing else.
type decisionMetrics struct {
	rows func(namespace string) (*controller.Rows, error)

	replicas, desired, proposed, least, most, limited, sample, scaled, reversals *prometheus.Desc
}

func newDecisionMetrics(rows func(namespace string) (*controller.Rows, error)) *decisionMetrics {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("flyball_autoscaler_"+name, help, append([]string{"namespace", "name"}, labels...), nil)
	}
	return &decisionMetrics{
		rows:      rows,
		replicas:  gauge("current_replicas", "Replicas of the target at the last decision."),
		desired:   gauge("desired_replicas", "Replicas that the last decision requests."),
		proposed:  gauge("proposed_replicas", "Highest proposal of the metrics, before damping, stabilization and limits."),
		least:     gauge("min_replicas", "Lower bound in force, with open windows."),
		most:      gauge("max_replicas", "Upper bound in force, with open windows."),
		limited:   gauge("limited", "Always 1: reason why the replicas are not those proposed, such as TooManyReplicas or ScaleDownStabilized.", "reason"),
		sample:    gauge("sample_timestamp_seconds", "Time of the oldest sample that the last decision counts."),
		scaled:    gauge("last_scale_timestamp_seconds", "Time at which the autoscaler last scaled the target."),
		reversals: gauge("reversals_total", "Changes of the target against the direction of the one before."),
	}
}

// Describe implements prometheus.Collector.
func (m *decisionMetrics) Describe(into chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.replicas, m.desired, m.proposed, m.least, m.most, m.limited, m.sample, m.scaled, m.reversals} {
		into <- d
	}
}

// Collect implements prometheus.Collector. A process that does not decide has no series.
func (m *decisionMetrics) Collect(into chan<- prometheus.Metric) {
	rows, err := m.rows("")
	if err != nil {
		return
	}
	for row := range rows.Each {
		m.collect(into, &row)
	}
}

func (m *decisionMetrics) collect(into chan<- prometheus.Metric, r *summary.Row) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		into <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append([]string{r.Namespace, r.Name}, labels...)...)
	}
	count := func(d *prometheus.Desc, n *int32) {
		if n != nil {
			gauge(d, float64(*n))
		}
	}
	timestamp := func(d *prometheus.Desc, t *time.Time) {
		if t != nil {
			gauge(d, float64(t.UnixMilli())/1000)
		}
	}
	count(m.replicas, &r.Current)
	count(m.desired, &r.Desired)
	count(m.proposed, r.Proposed)
	count(m.least, r.Min)
	count(m.most, r.Max)
	timestamp(m.sample, r.SampleTime)
	timestamp(m.scaled, r.LastScaleTime)
	if r.Limit != "" {
		gauge(m.limited, 1, r.Limit)
	}
	into <- prometheus.MustNewConstMetric(m.reversals, prometheus.CounterValue, float64(r.Reversals), r.Namespace, r.Name)
}
