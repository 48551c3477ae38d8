package sim

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// Period is the time between two ticks of a controller, where nobody says otherwise.
const Period = 15 * time.Second

// Config is what a simulation is made of.
type Config struct {
	Policy Policy
	Plant  plant.Config
	// Pool of nodes that the target shares with others; nil for nodes of its own.
	Pool *plant.Pool
	Load load.Load
	// Begin is the instant at which it begins, which matters to windows.
	Begin time.Time
	// Replicas that there are then.
	Replicas int32
	// Period between two ticks; 0 for [Period]. Ticks happen where a step of the plant ends.
	Period time.Duration
	Seed   uint64
}

// Simulation is a run in virtual time. It can be continued.
type Simulation struct {
	policy Policy
	plant  *plant.Plant
	load   load.Load
	// offered is since when the load has been.
	offered  time.Duration
	period   time.Duration
	nextTick time.Duration
	seen     engine.Observation
	step     Step
}

// Step is what a consumer is told: what happened in a step of the plant, and what was decided at its beginning.
type Step struct {
	plant.Moment
	// Decision at the beginning of the step; nil where there was no tick then. It is good until the next step.
	Decision *engine.Decision
}

// New gives a simulation that is about to begin. An error names what of the config cannot be.
func New(c Config) (*Simulation, error) {
	p, err := plant.NewIn(c.Pool, c.Plant, c.Begin, c.Replicas, c.Seed)
	if err != nil {
		return nil, err
	}
	for _, m := range c.Policy.Metrics() {
		if err := c.Plant.CanMeasure(&m); err != nil {
			return nil, err
		}
	}
	period := c.Period
	if period == 0 {
		period = Period
	}
	if period < c.Plant.Step {
		return nil, fmt.Errorf("period is %s: it must be at least a step of the plant, which is %s", period, c.Plant.Step)
	}
	return &Simulation{policy: c.Policy, plant: p, load: c.Load, period: period}, nil
}

// Run goes on for a time, and tells each step to the consumer. The step is the consumer's for the time of the call only.
func (s *Simulation) Run(length time.Duration, each func(*Step)) {
	for end := s.plant.Now() + length; s.plant.Now() < end; {
		s.tick()
		s.advance(each)
	}
}

// RunTogether goes on with several simulations at once, as those must whose targets share nodes: in each step all decide, and
// then time passes for all. They have steps of the same length, and have run for as long. The consumer is told whose step it is.
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

// tick lets the policy decide, if it is time.
func (s *Simulation) tick() {
	s.step.Decision = nil
	if now := s.plant.Now(); now >= s.nextTick {
		s.nextTick = now - now%s.period + s.period
		s.step.Decision = tick(s.policy, target{s.plant}, &s.seen, s.plant.Time())
	}
}

// advance lets a step of the plant pass.
func (s *Simulation) advance(each func(*Step)) {
	rate, known := s.load.At(s.plant.Now() - s.offered)
	s.step.Moment = s.plant.Advance(rate, known)
	each(&s.step)
}

// Offer gives another load. Its time begins now.
func (s *Simulation) Offer(l load.Load) { s.load, s.offered = l, s.plant.Now() }

// target is a plant as a policy's world. It can always be written.
type target struct{ *plant.Plant }

func (t target) Scale(replicas int32) (written bool) {
	t.Plant.Scale(replicas)
	return true
}
