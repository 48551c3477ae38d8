package scoreboard

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
)

// Row is the result of a case.
type Row struct {
	Load   string        `json:"load"`
	Policy string        `json:"policy"`
	Metric peers.Metric  `json:"metric"`
	Start  time.Duration `json:"start"`
	Seed   uint64        `json:"seed"`
	sim.Scores
	// Settling and Overshoot of [sim.Response], for a load with a step.
	Settling  time.Duration `json:"settling,omitempty"`
	Overshoot float64       `json:"overshoot,omitempty"`
}

// Run runs all cases, one per processor at a time, and returns their rows in the order of the cases. It calls progress after each
// case, one call at a time; progress may be nil. An error names the first invalid case.
func Run(cases []Case, progress func(done, of int, r *Row)) ([]Row, error) {
	rows, errs := make([]Row, len(cases)), make([]error, len(cases))
	todo, done := make(chan int), make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(cases)) {
		go func() {
			for i := range todo {
				rows[i], errs[i] = cases[i].Run()
				done <- i
			}
		}()
	}
	go func() {
		for i := range cases {
			todo <- i
		}
		close(todo)
	}()
	for n := range cases {
		i := <-done
		if progress != nil && errs[i] == nil {
			progress(n+1, len(cases), &rows[i])
		}
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Run runs one case. Work arrives as a Poisson process with the load's rate.
func (c *Case) Run() (Row, error) {
	offered, replicas := c.offered()
	plant, period := c.Plant, time.Duration(0)
	if c.Policy.Measure != nil {
		period = c.Policy.Measure(c.Goal, &plant)
	}
	s, err := sim.New(sim.Config{
		Policy: c.Policy.New(c.Goal), Plant: plant, Load: offered, Begin: c.Load.Begin, Seed: c.Seed, Period: period, Replicas: replicas,
	})
	if err != nil {
		return Row{}, fmt.Errorf("policy %s over load %s: %w", c.Policy.Name, c.Load.Name, err)
	}
	counter := sim.NewCounter(c.Goal.Min, c.Goal.Max)
	response := sim.NewResponse(c.Load.StepAt)
	s.Run(c.Load.Length, func(step *sim.Step) {
		counter.Add(&step.Moment)
		if c.Load.StepAt > 0 {
			response.Add(&step.Moment)
		}
	})
	return Row{
		Load: c.Load.Name, Policy: c.Policy.Name, Metric: c.Goal.Metric, Start: c.Plant.Pod.Start.Median, Seed: c.Seed,
		Scores: counter.Scores(), Settling: response.Settling(), Overshoot: response.Overshoot(),
	}, nil
}

// offered returns the work that arrives, and the replicas at the start, which its first rate needs at the target.
func (c *Case) offered() (work load.Load, replicas int32) {
	full := c.Goal.PodRate * c.Goal.Busy
	mean := load.Scaled(c.Load.New(c.Seed), c.Pods*full/c.Load.High)
	first, _ := mean.At(0)
	replicas = max(c.Goal.Min, min(c.Goal.Max, int32(min(math.Ceil(first/full), math.MaxInt32))))
	return load.Poisson(mean, c.Plant.Step, c.Seed), replicas
}
