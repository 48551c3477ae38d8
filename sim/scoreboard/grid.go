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
	// New gives the policy, for one run.
	New func(peers.Goal) sim.Policy
	// Measure is a peer's own way of measuring, [peers.Policy]; nil for the usual one.
	Measure func(peers.Goal, *plant.Config) (period time.Duration)
}

// Peer is a peer's policy.
func Peer(n peers.Policy) Policy { return Policy{Name: n.Name, New: n.New, Measure: n.Measure} }

// Engine is the engine with a spec.
func Engine(name string, spec func(peers.Goal) *engine.Spec) Policy {
	return Policy{Name: name, New: func(g peers.Goal) sim.Policy { return &sim.Engine{Spec: spec(g)} }}
}

// Grid is every combination of what is in it.
type Grid struct {
	Loads    []Load
	Policies []Policy
	Metrics  []peers.Metric
	// Starts are medians of the time until a pod is ready.
	Starts []time.Duration
	Seeds  []uint64

	// Plant of all of them, but for the start.
	Plant plant.Config
	// Pods that a load takes at its 99.9th percentile, each at the share Busy of what it can do.
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

// Cases are all runs of the grid, policy by policy.
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
