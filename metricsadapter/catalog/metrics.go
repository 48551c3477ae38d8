package catalog

import "github.com/prometheus/client_golang/prometheus"

var (
	rulesDescription = prometheus.NewDesc("flyball_rules",
		"Number of rules by state: in_force or out_of_force.", []string{"state"}, nil)
	failedDescription = prometheus.NewDesc("flyball_rules_reload_failed",
		"Whether the last reload of a rules file failed (1) or succeeded (0). After a failure the last valid rules stay in force.",
		[]string{"source"}, nil)
	undiscoveredDescription = prometheus.NewDesc("flyball_rules_discovery_failed",
		"Number of discovery queries that failed at the last attempt.", nil, nil)
	loadedDescription = prometheus.NewDesc("flyball_rules_last_reload_success_timestamp_seconds",
		"Unix time of the last successful reload of a rules file, in seconds.", []string{"source"}, nil)
)

// Describe names the catalog's metrics.
func (c *Catalog) Describe(to chan<- *prometheus.Desc) {
	to <- rulesDescription
	to <- failedDescription
	to <- loadedDescription
	to <- undiscoveredDescription
}

// Collect returns the catalog's metrics.
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
