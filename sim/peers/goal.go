package peers

import "flyball.dev/flyball/autoscaler/engine"

// Metric is what a policy follows.
type Metric string

// The metrics.
const (
	// Rate is all the work that comes, in units a second, of which each pod should have its share.
	Rate Metric = "rate"
	// CPU is what pods use of what they request.
	CPU Metric = "cpu"
)

// Metrics are all of them.
func Metrics() []Metric { return []Metric{Rate, CPU} }

// Goal is what every policy is asked for: pods that are busy to a share of what they can do.
type Goal struct {
	Metric Metric
	// Busy is that share, greater than 0 and at most 1. Of CPU it is to the percent.
	Busy float64
	// PodRate is how much work a pod does at most, in units a second.
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
