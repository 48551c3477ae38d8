package main

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
	simreport "flyball.dev/flyball/sim/report"
)

// contender is a policy that is about to run.
type contender struct {
	name   string
	policy sim.Policy
	// spec is what the engine decides by; nil where it is not the engine that does.
	spec     *engine.Spec
	min, max int32
	// plant and period are as the policy's own way of measuring has them.
	plant  plant.Config
	period time.Duration

	load   load.Load
	begin  time.Time
	length time.Duration
	seed   uint64
	// recorder is told of the run, too; nil where nothing is drawn.
	recorder *simreport.Recorder
}

// run lets it scale. full is a pod's rate at the target, by which there are as many as the load takes at first.
func (c *contender) run(full float64, tell func(at time.Duration)) (sim.Scores, error) {
	first, _ := c.load.At(0)
	run, err := sim.New(sim.Config{
		Policy: c.policy, Plant: c.plant, Load: c.load, Begin: c.begin, Seed: c.seed, Period: c.period,
		Replicas: max(c.min, min(c.max, int32(min(math.Ceil(first/full), math.MaxInt32)))),
	})
	if err != nil {
		return sim.Scores{}, err
	}
	counter := sim.NewCounter(c.min, c.max)
	run.Run(c.length, func(step *sim.Step) {
		counter.Add(&step.Moment)
		if c.recorder != nil {
			c.recorder.Add(step)
		}
		tell(step.At)
	})
	return counter.Scores(), nil
}
