package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
	"flyball.dev/flyball/sim/score"
)

// simulation is what the flags of sim say.
type simulation struct {
	trace, plant        string // files
	policies            []string
	scale               scale
	seed                uint64
	counts, interpolate bool
	baseline            baseline
}

func newSim() *cobra.Command {
	s := &simulation{scale: scale{pods: 60}, baseline: baseline{metric: "rate", target: 70, min: 2, max: 200}}
	output := newFormat("table", "json", "yaml")
	command := &cobra.Command{
		Use:   "sim --trace FILE --policy hpa|FILE",
		Short: "Run policies over a recorded load, on simulated pods",
		Long: "Sim offers a recorded load to simulated pods that start late and report late, and lets each policy scale them, with the very\n" +
			"engine that decides in the cluster. It prints how long work waited too long, what it cost, and how calm it was. It needs no\n" +
			"cluster, and the same flags print the same bytes. docs/simulator.md tells what is simulated, what the scores mean, and\n" +
			"what can be in the files.\n\n" +
			"It exits with 2 when a file or the command line cannot be understood.",
		Example: `  # What would autoscaling/v2 with its defaults have done?
  flyball sim --trace load.csv --policy hpa

  # And this policy, beside it, if the highest load took 20 pods?
  flyball sim --trace load.csv --policy hpa --policy autoscaler.yaml --scale 20 -o json`,
		Args: cobra.NoArgs,
	}
	s.addFlags(command)
	output.addFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		r, err := s.run(progressOn(command.ErrOrStderr()))
		if err != nil {
			return err
		}
		return output.print(command.OutOrStdout(), r, r.page())
	}
	return command
}

func (s *simulation) addFlags(command *cobra.Command) {
	f := command.Flags()
	f.StringVar(&s.trace, "trace", "", "The recorded load: CSV with a line timestamp,value and times in RFC 3339.")
	f.StringArrayVar(&s.policies, "policy", nil, "hpa, which is autoscaling/v2 with its defaults, or a file with a HorizontalAutoscaler. Can be given again.")
	f.StringVar(&s.plant, "plant", "", "The file that describes the pods, their nodes and their metrics; what it leaves out has defaults.")
	f.Var(&s.scale, "scale", "How many pods the load takes at its 99.9th percentile, each at the target of hpa; x2.5 for a factor instead, and x1 for the load as it is.")
	f.Uint64Var(&s.seed, "seed", 1, "What chance goes by.")
	f.BoolVar(&s.counts, "counts", false, "The values are how many units of work came within a step, and not units a second.")
	f.BoolVar(&s.interpolate, "interpolate", false, "A straight line leads from one value to the next, instead of a value that holds.")
	f.StringVar(&s.baseline.metric, "metric", s.baseline.metric, "What hpa follows: rate, the work that comes, or cpu.")
	f.Int32Var(&s.baseline.target, "target", s.baseline.target, "The target of hpa, in percent of what a pod can do.")
	f.Int32Var(&s.baseline.min, "min", s.baseline.min, "The minReplicas of hpa.")
	f.Int32Var(&s.baseline.max, "max", s.baseline.max, "The maxReplicas of hpa.")
	for _, needed := range []string{"trace", "policy"} {
		if err := command.MarkFlagRequired(needed); err != nil {
			panic(err) // there is such a flag: it is a line above
		}
	}
}

// run runs all policies over the trace, one after the other.
func (s *simulation) run(p *progress) (*simReport, error) {
	trace, err := readTrace(s.trace)
	if err != nil {
		return nil, err
	}
	config, err := readPlant(s.plant)
	if err != nil {
		return nil, err
	}
	full := config.Pod.Rate * float64(s.baseline.target) / 100 // a pod's rate at the target
	factor, err := s.scale.factor(trace, s.play(), full)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.trace, err)
	}
	report := &simReport{Trace: s.trace, Seed: s.seed, Factor: factor}
	for i, name := range s.policies {
		spec, err := readPolicy(name, s.baseline, config)
		if err != nil {
			return nil, err
		}
		offered := load.Scaled(trace.Load(s.play()), factor)
		first, _ := offered.At(0)
		run, err := sim.New(sim.Config{
			Policy: &sim.Engine{Spec: spec}, Plant: *config, Load: offered, Begin: trace.Start(), Seed: s.seed,
			Replicas: max(spec.MinReplicas, min(spec.MaxReplicas, int32(min(math.Ceil(first/full), math.MaxInt32)))),
		})
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		counter := score.New(spec.MinReplicas, spec.MaxReplicas)
		run.Run(trace.Length(), func(step *sim.Step) {
			counter.Add(&step.Moment)
			p.tell(name, (float64(i)+float64(step.At)/float64(trace.Length()))/float64(len(s.policies)))
		})
		report.Results = append(report.Results, simResult{Policy: name, Scores: counter.Scores()})
	}
	p.end()
	return report, nil
}

func (s *simulation) play() load.Play { return load.Play{Counts: s.counts, Interpolate: s.interpolate} }

func readTrace(path string) (*load.Trace, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err // it names the file
	}
	trace, err := load.ParseTrace(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if trace.Length() < 2*time.Minute {
		return nil, fmt.Errorf("%s: the trace is %s long, which is too short to scale anything in", path, trace.Length())
	}
	return trace, nil
}

// mostDemand keeps a scale within what the plant can tell a demand for.
const mostDemand = plant.MostDemand

var errNoLoad = errors.New("the 99.9th percentile of the trace is 0, so it cannot be scaled to pods: use --scale x1")
