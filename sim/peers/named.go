package peers

import (
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/plant"
)

// Named is a peer's policy by its name.
type Named struct {
	Name string
	// About says in a line what it is.
	About string
	New   func(Goal) sim.Policy
	// Sees changes what is seen of a plant to what the peer's own way of measuring sees, and gives the time between its ticks,
	// or 0 for the usual one. nil where it sees what everyone does.
	Sees func(Goal, *plant.Config) (period time.Duration)
}

// All are the policies: the baseline first, then our own profiles, then the peers.
func All() []Named { return slices.Concat(baselines(), profiles(), others()) }

func engined(of func(Goal) *engine.Spec) func(Goal) sim.Policy {
	return func(g Goal) sim.Policy { return &sim.Engine{Spec: of(g)} }
}

func baselines() []Named {
	return []Named{
		{Name: "hpa", About: "autoscaling/v2 with its defaults", New: engined(HPA)},
		{
			Name: "hpa-calm", About: "autoscaling/v2 with a target 5 % higher and a window of 10 minutes",
			New: engined(func(g Goal) *engine.Spec { return TunedHPA(g, Tuning{TargetTimes: 1.05, Window: 10 * time.Minute}) }),
		},
	}
}

func others() []Named {
	return []Named{
		{Name: "keda", About: "KEDA, which polls every 30 seconds", New: func(g Goal) sim.Policy { return NewKEDA(g) }},
		{Name: "wpa", About: "Datadog's WatermarkPodAutoscaler", New: func(g Goal) sim.Policy { return NewWatermarks(g) }},
		{Name: "knative", About: "Knative's stable and panic windows", New: newKnative, Sees: ownScrapes},
		{Name: "azure", About: "rules of Azure Monitor, with its projection", New: func(g Goal) sim.Policy { return NewAzure(g) }},
		{Name: "target-tracking", About: "target tracking of AWS, with its cooldowns", New: func(g Goal) sim.Policy { return NewTracking(g) }},
	}
}

// Find gives the policy with a name, as a profile too.
func Find(name string) (Named, bool) {
	name = strings.ToLower(name)
	if name == "balanced" { // the profile's own name
		name = "recommended"
	}
	for _, n := range All() {
		if n.Name == name {
			return n, true
		}
	}
	return Named{}, false
}

func newKnative(g Goal) sim.Policy {
	if g.Metric == CPU {
		return &sim.Engine{Spec: HPA(g)}
	}
	return NewKnative(g)
}

// ownScrapes is how Knative sees its pods: it asks them itself, as often as a step lets it, and decides as often.
func ownScrapes(g Goal, c *plant.Config) (period time.Duration) {
	if g.Metric == CPU {
		return 0
	}
	c.Metrics.Every, c.Metrics.Window, c.Metrics.Lag = c.Step, 2*c.Step, 0
	return c.Step
}
