package sim

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// Period is the default time between two ticks of a controller.
const Period = 15 * time.Second

// Config describes a simulation.
type Config struct {
	Policy Policy
	Plant  plant.Config
	// Pool of nodes that the target shares with other targets; nil for separate nodes.
	Pool *plant.Pool
	Load load.Load
	// Measure replaces the readings of the plant in an observation at a time, such as by recorded ones; nil for the plant's.
	Measure func(o *engine.Observation, metrics []engine.Metric, now time.Time)
	// Begin is the start time, which matters to windows.
	Begin time.Time
	// Replicas at the start.
	Replicas int32
	// Period between two ticks; 0 for [Period]. Ticks happen at the end of a step of the plant.
	Period time.Duration
	Seed   uint64
}

// Simulation is a run in virtual time, which can be continued.
type Simulation struct {
	policy Policy
	plant  *plant.Plant
	load   load.Load
	// world is the plant with the readings of the config.
	world target
	// offered is the start time of the load.
	offered  time.Duration
	period   time.Duration
	nextTick time.Duration
	observed engine.Observation
	step     Step
}

// Step is a step of the plant with the decision at its start.
type Step struct {
	plant.Moment
	// Decision at the start of the step; nil without a tick. It is valid until the next step.
	Decision *engine.Decision
}

// New returns a simulation before its first step. An error names the invalid field of the config.
func New(c Config) (*Simulation, error) {
	p, err := plant.NewIn(c.Pool, c.Plant, c.Begin, c.Replicas, c.Seed)
	if err != nil {
		return nil, err
	}
	if err := c.canMeasure(); err != nil {
		return nil, err
	}
	period := c.Period
	if period == 0 {
		period = Period
	}
	if period < c.Plant.Step {
		return nil, fmt.Errorf("period is %s: it must be at least the plant's step (%s)", period, c.Plant.Step)
	}
	return &Simulation{policy: c.Policy, plant: p, load: c.Load, world: target{p, c.Measure}, period: period}, nil
}

func (c *Config) canMeasure() error {
	if c.Measure != nil {
		return nil
	}
	for _, m := range c.Policy.Metrics() {
		if err := c.Plant.CanMeasure(&m); err != nil {
			return err
		}
	}
	return nil
}

// Run simulates a period, and calls each with every step. A step is valid during the call only.
func (s *Simulation) Run(length time.Duration, each func(*Step)) {
	for end := s.plant.Now() + length; s.plant.Now() < end; {
		s.tick()
		s.advance(each)
	}
}

// RunTogether runs several simulations whose targets share nodes. In each step all decide, then time passes for all. Their steps
// and their current times must be the same. each gets the index of the simulation.
func RunTogether(all []*Simulation, length time.Duration, each func(i int, s *Step)) {
	for end := all[0].plant.Now() + length; all[0].plant.Now() < end; {
		for _, s := range all {
			s.tick()
		}
		for i, s := range all {
			s.advance(func(step *Step) { each(i, step) })
		}
	}
}

// tick makes a decision if one is due.
func (s *Simulation) tick() {
	s.step.Decision = nil
	if now := s.plant.Now(); now >= s.nextTick {
		s.nextTick = now - now%s.period + s.period
		s.step.Decision = tick(s.policy, &s.world, &s.observed, s.plant.Time())
	}
}

// advance simulates a step of the plant.
func (s *Simulation) advance(each func(*Step)) {
	rate, known := s.load.At(s.plant.Now() - s.offered)
	s.step.Moment = s.plant.Advance(rate, known)
	each(&s.step)
}

// target is a plant as a [World]. Writes always succeed.
type target struct {
	*plant.Plant
	measure func(o *engine.Observation, metrics []engine.Metric, now time.Time)
}

// Observe implements [World].
func (t *target) Observe(o *engine.Observation, metrics []engine.Metric) {
	if t.measure == nil {
		t.Plant.Observe(o, metrics)
		return
	}
	t.Plant.Observe(o, nil)
	t.measure(o, metrics, t.Time())
}

func (t *target) Scale(replicas int32) (written bool) {
	t.Plant.Scale(replicas)
	return true
}
