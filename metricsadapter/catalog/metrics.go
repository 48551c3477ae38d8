package catalog

import "github.com/prometheus/client_golang/prometheus"

var (
	rulesDescription = prometheus.NewDesc("flyball_rules",
		"Rules by whether they are in force: in_force or out_of_force.", []string{"state"}, nil)
	failedDescription = prometheus.NewDesc("flyball_rules_reload_failed",
		"1 while the newest text of a rules file is not what counts, because it cannot be read or is broken; else 0.",
		[]string{"source"}, nil)
	undiscoveredDescription = prometheus.NewDesc("flyball_rules_discovery_failed",
		"Questions for series, of rules that make metrics of what they find, that Prometheus did not answer the last time.", nil, nil)
	loadedDescription = prometheus.NewDesc("flyball_rules_last_reload_success_timestamp_seconds",
		"When the rules of a file that count were read, in seconds since 1970.", []string{"source"}, nil)
)

// Describe names the catalog's metrics.
func (c *Catalog) Describe(to chan<- *prometheus.Desc) {
	to <- rulesDescription
	to <- failedDescription
	to <- loadedDescription
	to <- undiscoveredDescription
}

// Collect gives the catalog's metrics.
func (c *Catalog) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	report := c.Report()
	in := report.inForce()
	gauge(rulesDescription, float64(in), "in_force")
	gauge(rulesDescription, float64(len(report.Rules)-in), "out_of_force")
	unanswered := 0
	for _, d := range report.Discoveries {
		if d.Problem != "" {
			unanswered++
		}
	}
	gauge(undiscoveredDescription, float64(unanswered))
	for _, s := range report.Sources {
		failed := 0.0
		if s.Problem != "" {
			failed = 1
		}
		gauge(failedDescription, failed, s.Name)
		if s.Loaded != nil {
			gauge(loadedDescription, float64(s.Loaded.UnixMilli())/1000, s.Name)
		}
	}
}
