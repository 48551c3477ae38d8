package peers

import "flyball.dev/flyball/autoscaler/engine"

// Metric is the metric that a policy scales on.
type Metric string

// The metrics.
const (
	// Rate is the arriving work of the whole target, in units per second, with a target per pod.
	Rate Metric = "rate"
	// CPU is the utilization of the pods' CPU requests.
	CPU Metric = "cpu"
)

// Metrics are all of them.
func Metrics() []Metric { return []Metric{Rate, CPU} }

// Goal is the common goal of all policies: a utilization of the pods.
type Goal struct {
	Metric Metric
	// Busy is the utilization, greater than 0 and at most 1. For CPU it is rounded to whole percent.
	Busy float64
	// PodRate is the maximum throughput of a pod, in units per second.
	PodRate  float64
	Min, Max int32
}

// metric is the goal as a metric of autoscaling/v2.
func (g Goal) metric() engine.Metric {
	if g.Metric == CPU {
		return engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: int64(100*g.Busy + 0.5)}
	}
	return engine.Metric{Type: engine.External, Name: "rate", TargetType: engine.AverageValue, Target: int64(1000*g.PodRate*g.Busy + 0.5)}
}
