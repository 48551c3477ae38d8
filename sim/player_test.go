package sim

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/scenario"
)

// Player plays stories with the loop of a simulation. A story has either a plant or ticks. The engine's stories have the same
// results here as in package scenario.
type Player struct {
	engine   Engine
	observed engine.Observation
	// now and replicas belong to a story with ticks.
	now      time.Time
	replicas int32
	// plant and load define the simulation run.
	plant *scenario.Plant
	load  load.Load
	run   *Simulation
}

// NewPlayer returns a player at the start of a story.
func NewPlayer() *Player { return &Player{engine: Engine{Spec: &engine.Spec{}}, now: scenario.Start} }

// Watch sets a function that is called with each decision, its spec and the state before it, for tests.
func (p *Player) Watch(f func(spec *engine.Spec, before *engine.State, observed *engine.Observation, d *engine.Decision)) {
	p.engine.Watch = func(before *engine.State, observed *engine.Observation, d *engine.Decision) {
		f(p.engine.Spec, before, observed, d)
	}
}

// Play plays a block from [scenario.ParseSimulator]. It returns the decision of a tick, the table of a run, or "".
func (p *Player) Play(b *scenario.Block) (output string, err error) {
	switch b.Command {
	case scenario.Begin:
		watch := p.engine.Watch
		*p = *NewPlayer()
		p.engine.Watch = watch
	case scenario.SetSpec:
		p.engine.Spec = b.Spec
	case scenario.Decide:
		return p.tick(b.Tick), nil
	case scenario.SetPlant:
		p.plant = b.Plant
	case scenario.SetLoad:
		if p.load = b.Load; p.run != nil {
			p.run.Offer(p.load)
		}
	case scenario.Simulate:
		return p.pass(b.Run)
	default:
		p.engine.State = b.StateAfter(p.engine.State)
	}
	return "", nil
}

func (p *Player) tick(t *scenario.Tick) string {
	p.now = p.now.Add(t.After)
	d := tick(&p.engine, tickWorld{p, t}, &p.observed, p.now)
	if t.ShowValues {
		return scenario.FormatValues(p.engine.Spec, d)
	}
	return scenario.Format(p.engine.Spec, d)
}

// tickWorld is the world of a tick of a story.
type tickWorld struct {
	player *Player
	tick   *scenario.Tick
}

func (w tickWorld) Observe(observed *engine.Observation, _ []engine.Metric) {
	*observed = *w.tick.Observe(w.player.engine.Spec, w.player.replicas, w.player.now)
	w.player.replicas = observed.SpecReplicas
	if w.tick.ConcurrentReplicas != nil {
		w.player.replicas = *w.tick.ConcurrentReplicas
	}
}

// Scale overwrites a change made since the observation: the last writer wins.
func (w tickWorld) Scale(replicas int32) (written bool) {
	if w.tick.WriteFails {
		return false
	}
	w.player.replicas = replicas
	return true
}

// pass runs the simulation. The first run starts it.
func (p *Player) pass(r *scenario.Run) (table string, err error) {
	if p.run == nil {
		p.run, err = New(Config{
			Policy: &p.engine, Plant: p.plant.Config, Load: p.load,
			Begin: scenario.Start, Replicas: p.plant.Replicas, Seed: p.plant.Seed,
		})
		if err != nil {
			return "", fmt.Errorf("simulating the story: %w", err)
		}
	}
	rows := newTable(p.engine.Spec, r.Every)
	p.run.Run(r.For, rows.add)
	return rows.String(), nil
}

// Offer replaces the load of a running simulation. The new load starts now.
func (s *Simulation) Offer(l load.Load) { s.load, s.offered = l, s.plant.Now() }
