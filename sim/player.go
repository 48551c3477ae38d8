package sim

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/scenario"
)

// Player plays stories with the loop of a simulation. A story has a plant, or it has ticks that tell what the world does; to
// the loop both are worlds, so the engine's own stories come out here as they do there.
type Player struct {
	engine Engine
	seen   engine.Observation
	// now and replicas are those of a story that is told by ticks.
	now      time.Time
	replicas int32
	// plant and load are what a simulation is made of, which is then run.
	plant *scenario.Plant
	load  load.Load
	run   *Simulation
}

// NewPlayer gives one that has played nothing.
func NewPlayer() *Player { return &Player{engine: Engine{Spec: &engine.Spec{}}, now: scenario.Start} }

// Watch has f called with each decision, its spec and the state before it, for tests.
func (p *Player) Watch(f func(spec *engine.Spec, before *engine.State, seen *engine.Observation, d *engine.Decision)) {
	p.engine.Watch = func(before *engine.State, seen *engine.Observation, d *engine.Decision) {
		f(p.engine.Spec, before, seen, d)
	}
}

// Play plays a block of a file that [scenario.ParseSimulator] has read, and gives what it comes to: of a tick the decision, of
// a run a table.
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
	d := tick(&p.engine, told{p, t}, &p.seen, p.now)
	if t.ShowValues {
		return scenario.FormatValues(p.engine.Spec, d)
	}
	return scenario.Format(p.engine.Spec, d)
}

// told is the world as a tick tells it.
type told struct {
	player *Player
	tick   *scenario.Tick
}

func (w told) Observe(seen *engine.Observation, _ []engine.Metric) {
	*seen = *w.tick.Observe(w.player.engine.Spec, w.player.replicas, w.player.now)
	w.player.replicas = seen.SpecReplicas
	if w.tick.Meanwhile != nil {
		w.player.replicas = *w.tick.Meanwhile
	}
}

// Scale writes over whatever came between: the last writer wins.
func (w told) Scale(replicas int32) (written bool) {
	if w.tick.WriteFails {
		return false
	}
	w.player.replicas = replicas
	return true
}

// pass runs the simulation, which begins with the first run.
func (p *Player) pass(r *scenario.Run) (table string, err error) {
	if p.run == nil {
		p.run, err = New(Config{
			Policy: &p.engine, Plant: p.plant.Config, Load: p.load,
			Begin: scenario.Start, Replicas: p.plant.Replicas, Seed: p.plant.Seed,
		})
		if err != nil {
			return "", fmt.Errorf("the story cannot be simulated: %w", err)
		}
	}
	rows := newTable(p.engine.Spec, r.Every)
	p.run.Run(r.For, rows.add)
	return rows.String(), nil
}
