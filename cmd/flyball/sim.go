package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
	simreport "flyball.dev/flyball/sim/report"
)

// simulation is what the flags of sim say.
type simulation struct {
	trace, plant        string // files
	policies, against   []string
	scale               scale
	seed                uint64
	counts, interpolate bool
	baseline            baseline
	draw                bool // a page is wanted, with pictures
}

func newSim() *cobra.Command {
	s := &simulation{scale: scale{pods: 60}, baseline: baseline{metric: "rate", target: 70, min: 2, max: 200}}
	output := newFormat("table", "json", "yaml", "html")
	command := &cobra.Command{
		Use:   "sim --trace FILE --policy NAME|FILE",
		Short: "Run policies over a recorded load, on simulated pods",
		Long: "Sim offers a recorded load to simulated pods that start late and report late, and lets each policy scale them, with the very\n" +
			"engine that decides in the cluster. It prints how long work waited too long, what it cost, and how calm it was. It needs no\n" +
			"cluster, and the same flags print the same bytes. docs/simulator.md tells what is simulated, what the scores mean, and\n" +
			"what can be in the files.\n\n" +
			"Policies have these names:\n" + peerList() + "\n" +
			"It exits with 2 when a file or the command line cannot be understood.",
		Example: `  # What would autoscaling/v2 with its defaults have done?
  flyball sim --trace load.csv --policy hpa

  # And this policy, beside others, if the highest load took 20 pods?
  flyball sim --trace load.csv --policy autoscaler.yaml --against hpa,keda --scale 20 -o json

  # A page with plots.
  flyball sim --trace load.csv --policy autoscaler.yaml --against hpa -o html > report.html`,
		Args: cobra.NoArgs,
	}
	s.addFlags(command)
	output.addFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		s.draw = output.name == "html"
		r, err := s.run(progressOn(command.ErrOrStderr()))
		if err != nil {
			return err
		}
		if s.draw {
			return r.html(command.OutOrStdout())
		}
		return output.print(command.OutOrStdout(), r, r.page())
	}
	return command
}

func (s *simulation) addFlags(command *cobra.Command) {
	f := command.Flags()
	f.StringVar(&s.trace, "trace", "", "The recorded load: CSV with a line timestamp,value and times in RFC 3339.")
	f.StringArrayVar(&s.policies, "policy", nil, "The name of a policy, or a file with a HorizontalAutoscaler. Can be given again.")
	f.StringSliceVar(&s.against, "against", nil, "Further policies to compare with, with commas between them. Can be given again.")
	f.StringVar(&s.plant, "plant", "", "The file that describes the pods, their nodes and their metrics; what it leaves out has defaults.")
	f.Var(&s.scale, "scale", "How many pods the load takes at its 99.9th percentile, each at the target; x2.5 for a factor instead, and x1 for the load as it is.")
	f.Uint64Var(&s.seed, "seed", 1, "What chance goes by.")
	f.BoolVar(&s.counts, "counts", false, "The values are how many units of work came within a step, and not units a second.")
	f.BoolVar(&s.interpolate, "interpolate", false, "A straight line leads from one value to the next, instead of a value that holds.")
	f.StringVar(&s.baseline.metric, "metric", s.baseline.metric, "What policies with a name follow: rate, the work that comes, or cpu.")
	f.Int32Var(&s.baseline.target, "target", s.baseline.target, "Their target, in percent of what a pod can do.")
	f.Int32Var(&s.baseline.min, "min", s.baseline.min, "Their least replicas.")
	f.Int32Var(&s.baseline.max, "max", s.baseline.max, "Their most replicas.")
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
	answer := &simReport{Trace: s.trace, Seed: s.seed, Factor: factor}
	names := slices.Concat(s.policies, s.against)
	for i, name := range names {
		c, err := readPolicy(name, s.baseline, config)
		if err != nil {
			return nil, err
		}
		if s.draw {
			c.recorder = simreport.NewRecorder(trace.Start(), trace.Length())
		}
		c.load, c.begin, c.length, c.seed = load.Scaled(trace.Load(s.play()), factor), trace.Start(), trace.Length(), s.seed
		scores, err := c.run(full, func(at time.Duration) {
			p.tell(name, (float64(i)+float64(at)/float64(trace.Length()))/float64(len(names)))
		})
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		answer.Results = append(answer.Results, simResult{Policy: name, Scores: scores, contender: c})
	}
	p.end()
	return answer, nil
}

func (s *simulation) play() load.Play { return load.Play{Counts: s.counts, Interpolate: s.interpolate} }

// peerList tells each name, for the help.
func peerList() string {
	var b strings.Builder
	for _, n := range peers.All() {
		fmt.Fprintf(&b, "  %-16s %s\n", n.Name, n.About)
	}
	return b.String()
}

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
