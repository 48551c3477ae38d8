package explain

import "flyball.dev/flyball/autoscaler/engine"

// MetricNames returns the shortest unique name of each metric of a spec.
func MetricNames(spec *engine.Spec) []string {
	names := make([]string, len(spec.Metrics))
	for i := range names {
		names[i] = name(spec, i)
	}
	return names
}

// Amount writes a value in the terms of the metric's target: percent, bytes, or a plain number.
func Amount(m *engine.Metric, value int64) string { return amount(m, value) }
