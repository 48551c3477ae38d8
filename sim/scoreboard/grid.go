package scoreboard

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// Policy is a policy with a name.
type Policy struct {
	Name string
	// New returns the policy for one run.
	New func(peers.Goal) sim.Policy
	// Measure configures the metrics as in [peers.Policy]; nil for the default.
	Measure func(peers.Goal, *plant.Config) (period time.Duration)
}

// Peer returns the policy of a peer.
func Peer(n peers.Policy) Policy { return Policy{Name: n.Name, New: n.New, Measure: n.Measure} }

// Engine returns the engine with a spec as a policy.
func Engine(name string, spec func(peers.Goal) *engine.Spec) Policy {
	return Policy{Name: name, New: func(g peers.Goal) sim.Policy { return &sim.Engine{Spec: spec(g)} }}
}

// Grid is the product of its fields.
type Grid struct {
	Loads    []Load
	Policies []Policy
	Metrics  []peers.Metric
	// Starts are median start-up times.
	Starts []time.Duration
	Seeds  []uint64

	// Plant of all runs, apart from the start-up time.
	Plant plant.Config
	// Pods that a load needs at its 99.9th percentile, at the utilization Busy.
	Pods, Busy float64
	Min, Max   int32
}

// Standard is the grid of docs/scoreboard.md.
func Standard(loads []Load, policies []Policy) *Grid {
	return &Grid{
		Loads: loads, Policies: policies, Metrics: peers.Metrics(),
		Starts: []time.Duration{10 * time.Second, 30 * time.Second, 90 * time.Second}, Seeds: []uint64{1, 2, 3},
		Plant: plant.Defaults(), Pods: 60, Busy: 0.7, Min: 2, Max: 200,
	}
}

// Case is one run.
type Case struct {
	Load   Load
	Policy Policy
	Goal   peers.Goal
	Plant  plant.Config
	Pods   float64
	Seed   uint64
}

// Cases returns all runs of the grid, ordered by policy.
func (g *Grid) Cases() []Case {
	var cases []Case
	for _, p := range g.Policies {
		for _, l := range g.Loads {
			for _, m := range g.Metrics {
				for _, start := range g.Starts {
					for _, seed := range g.Seeds {
						c := Case{Load: l, Policy: p, Plant: g.Plant, Pods: g.Pods, Seed: seed}
						c.Goal = peers.Goal{Metric: m, Busy: g.Busy, PodRate: g.Plant.Pod.Rate, Min: g.Min, Max: g.Max}
						c.Plant.Pod.Start.Median = start
						cases = append(cases, c)
					}
				}
			}
		}
	}
	return cases
}
