package sim

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
	simreport "flyball.dev/flyball/sim/report"
)

// contender is a policy with the load and the plant that it runs on.
type contender struct {
	name   string
	policy sim.Policy
	// spec of the engine; nil for a policy that is not the engine's.
	spec     *engine.Spec
	min, max int32
	// plant and period are adapted to the way in which the policy measures.
	plant  plant.Config
	period time.Duration

	load   load.Load
	start  time.Time
	length time.Duration
	seed   uint64
	// recorder collects what the plots show; nil without plots.
	recorder *simreport.Recorder
	// starts counts the scores of --starts; nil without the flag.
	starts *sim.StartCounter
}

// run simulates the policy. targetRate is the rate of a pod at the target; the first replicas are those that the first load
// requires at it. show receives the simulated time that has elapsed.
func (c *contender) run(targetRate float64, show func(elapsed time.Duration)) (sim.Scores, error) {
	first, _ := c.load.At(0)
	run, err := sim.New(sim.Config{
		Policy: c.policy, Plant: c.plant, Load: c.load, Begin: c.start, Seed: c.seed, Period: c.period,
		Replicas: max(c.min, min(c.max, int32(min(math.Ceil(first/targetRate), math.MaxInt32)))),
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
		if c.starts != nil {
			c.starts.Add(&step.Moment)
		}
		show(step.At)
	})
	return counter.Scores(), nil
}
