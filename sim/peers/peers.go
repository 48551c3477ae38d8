package peers

import (
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/plant"
)

// Policy is a policy with a name.
type Policy struct {
	Name string
	// About describes the policy in one line.
	About string
	New   func(Goal) sim.Policy
	// Measure configures the metrics of a plant as the peer measures them, and returns the time between its ticks, or 0 for the
	// default. nil for the default metrics.
	Measure func(Goal, *plant.Config) (period time.Duration)
}

// All returns all policies: the baselines, then Flyball's profiles, then the peers.
func All() []Policy { return slices.Concat(baselines(), profiles(), others()) }

func engineWith(spec func(Goal) *engine.Spec) func(Goal) sim.Policy {
	return func(g Goal) sim.Policy { return &sim.Engine{Spec: spec(g)} }
}

func baselines() []Policy {
	return []Policy{
		{Name: "hpa", About: "autoscaling/v2 with its defaults", New: engineWith(HPA)},
		{
			Name: "hpa-calm", About: "autoscaling/v2 with a 5% higher target and a stabilization window of 10 minutes",
			New: engineWith(func(g Goal) *engine.Spec { return TunedHPA(g, Tuning{TargetTimes: 1.05, Window: 10 * time.Minute}) }),
		},
	}
}

func others() []Policy {
	return []Policy{
		{Name: "keda", About: "KEDA with a polling interval of 30 seconds", New: func(g Goal) sim.Policy { return NewKEDA(g) }},
		{Name: "wpa", About: "Datadog's WatermarkPodAutoscaler", New: func(g Goal) sim.Policy { return NewWatermarks(g) }},
		{Name: "knative", About: "Knative with its stable and panic windows", New: newKnative, Measure: knativeScrapes},
		{Name: "azure", About: "autoscale rules of Azure Monitor", New: func(g Goal) sim.Policy { return NewAzure(g) }},
		{Name: "target-tracking", About: "target tracking of AWS", New: func(g Goal) sim.Policy { return NewTracking(g) }},
	}
}

// Find returns the policy with a name, or with the name of a profile.
func Find(name string) (Policy, bool) {
	name = strings.ToLower(name)
	if name == "balanced" { // the profile's own name
		name = "recommended"
	}
	for _, n := range All() {
		if n.Name == name {
			return n, true
		}
	}
	return Policy{}, false
}

func newKnative(g Goal) sim.Policy {
	if g.Metric == CPU {
		return &sim.Engine{Spec: HPA(g)}
	}
	return NewKnative(g)
}

// knativeScrapes configures the metrics as Knative has them: it scrapes the pods itself and decides once per step.
func knativeScrapes(g Goal, c *plant.Config) (period time.Duration) {
	if g.Metric == CPU {
		return 0
	}
	c.Metrics.Every, c.Metrics.Window, c.Metrics.Lag = c.Step, 2*c.Step, 0
	return c.Step
}
