package sim

import (
	"fmt"
	"slices"
	"time"

	"flyball.dev/flyball/cmd/flyball/internal/progress"
	"flyball.dev/flyball/cmd/flyball/internal/tracefile"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	simreport "flyball.dev/flyball/sim/report"
)

// simulation has the flags of flyball sim.
type simulation struct {
	trace, plant        string // files
	policies, against   []string
	scale               tracefile.Scale
	seed                uint64
	counts, interpolate bool
	baseline            baseline
	plots               bool // record what the plots of a page show
	starts              bool
}

// run runs all policies over the trace, one after the other.
func (s *simulation) run(p *progress.Progress) (*report, error) {
	trace, err := tracefile.Read(s.trace)
	if err != nil {
		return nil, err
	}
	config, err := readPlant(s.plant)
	if err != nil {
		return nil, err
	}
	play := load.Play{Counts: s.counts, Interpolate: s.interpolate}
	targetRate := config.Pod.Rate * float64(s.baseline.target) / 100
	factor, err := s.scale.Factor(trace, play, targetRate)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.trace, err)
	}
	answer := &report{Trace: s.trace, Seed: s.seed, Factor: factor, starts: s.starts}
	names := slices.Concat(s.policies, s.against)
	for i, name := range names {
		c, err := readPolicy(name, s.baseline, config)
		if err != nil {
			return nil, err
		}
		if s.plots {
			c.recorder = simreport.NewRecorder(trace.Start(), trace.Length())
			c.recorder.Explain(c.spec)
		}
		if s.starts {
			c.starts = sim.NewStartCounter(c.min, c.max)
		}
		c.load, c.start, c.length, c.seed = load.Scaled(trace.Load(play), factor), trace.Start(), trace.Length(), s.seed
		scores, err := c.run(targetRate, func(elapsed time.Duration) {
			p.Show(name, (float64(i)+float64(elapsed)/float64(trace.Length()))/float64(len(names)))
		})
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		r := result{Policy: name, Scores: scores, contender: c}
		if c.starts != nil {
			counted := c.starts.Scores()
			r.Starts = &counted
		}
		answer.Results = append(answer.Results, r)
	}
	p.End()
	return answer, nil
}
