package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// HPA is upstream's controller with the defaults of Kubernetes 1.37: the engine without corrections, and an object without
// behavior.
func HPA(g Goal) *engine.Spec {
	return &engine.Spec{
		MinReplicas: g.Min, MaxReplicas: g.Max,
		Metrics:                 []engine.Metric{g.metric()},
		Up:                      engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down:                    engine.Rules{Select: engine.SelectMax, Tolerance: 0.1, Stabilization: 5 * time.Minute},
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
		Without: engine.AllCorrections,
	}
}

// Tuning holds the settings that users of autoscaling/v2 tune. The zero value is the default.
type Tuning struct {
	// TargetTimes multiplies the target; 0 is 1.
	TargetTimes float64
	// Window is the stabilization window of scale-down; 0 is five minutes, a negative value is none.
	Window time.Duration
	// Tolerance of both directions; 0 is 0.1.
	Tolerance float64
	// Down are the rate policies of scale-down; without any, the rate is not limited.
	Down []engine.RatePolicy
}

// TunedHPA is upstream's controller with a behavior.
func TunedHPA(g Goal, by Tuning) *engine.Spec {
	if by.TargetTimes != 0 {
		g.Busy *= by.TargetTimes
	}
	spec := HPA(g)
	spec.HasBehavior = true
	// The defaults of a behavior with empty fields.
	spec.Up.Policies = []engine.RatePolicy{{Value: 4, Period: 15 * time.Second}, {Percent: true, Value: 100, Period: 15 * time.Second}}
	spec.Down.Policies = []engine.RatePolicy{{Percent: true, Value: 100, Period: 15 * time.Second}}
	if len(by.Down) > 0 {
		spec.Down.Policies = by.Down
	}
	if by.Window != 0 {
		spec.Down.Stabilization = max(0, by.Window)
	}
	if by.Tolerance != 0 {
		spec.Up.Tolerance, spec.Down.Tolerance = by.Tolerance, by.Tolerance
	}
	return spec
}
