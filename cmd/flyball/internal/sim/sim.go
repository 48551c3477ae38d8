package sim

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/cmd/flyball/internal/progress"
	"flyball.dev/flyball/cmd/flyball/internal/tracefile"
	"flyball.dev/flyball/sim/peers"
)

// New returns flyball sim.
func New() *cobra.Command {
	s := &simulation{scale: tracefile.Scale{Pods: 60}, baseline: baseline{metric: "rate", target: 70, min: 2, max: 200}}
	format := output.NewFormat("table", "json", "yaml", "html")
	command := &cobra.Command{
		Use:   "sim --trace FILE --policy NAME|FILE",
		Short: "Simulate policies over a recorded load",
		Long: `Run policies over a recorded load on simulated pods, with the same engine as the autoscaler in the cluster.

The simulated pods start late and report late. The result has the time of SLO violations, the cost and the number of changes
of each policy. No cluster is needed, and the same flags print the same bytes. docs/simulator.md describes the simulation, the
scores and the files.

A policy is a file that contains a HorizontalAutoscaler, or one of these names:
` + peerList() + `
Exit codes:
  0  the result is printed
  2  a file or the command line is invalid`,
		Example: `  # Simulate autoscaling/v2 with its defaults
  flyball sim --trace load.csv --policy hpa

  # Compare a policy with others, at a load whose peak requires 20 pods
  flyball sim --trace load.csv --policy autoscaler.yaml --against hpa,keda --scale 20 -o json

  # Write a page with plots
  flyball sim --trace load.csv --policy autoscaler.yaml --against hpa -o html > report.html`,
		Args: cobra.NoArgs,
	}
	s.addFlags(command)
	format.AddFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		s.plots = format.Is("html")
		r, err := s.run(progress.On(command.ErrOrStderr()))
		if err != nil {
			return err
		}
		if s.plots {
			return r.html(command.OutOrStdout())
		}
		return format.Print(command.OutOrStdout(), r, r.page())
	}
	return command
}

func (s *simulation) addFlags(command *cobra.Command) {
	f := command.Flags()
	f.StringVar(&s.trace, "trace", "", "File that contains the recorded load: CSV with the header timestamp,value and times in RFC 3339.")
	f.StringArrayVar(&s.policies, "policy", nil, "Name of a policy, or file that contains a HorizontalAutoscaler. Can be repeated.")
	f.StringSliceVar(&s.against, "against", nil, "Comma-separated list of policies to compare with. Can be repeated.")
	f.StringVar(&s.plant, "plant", "", "File that describes the pods, their nodes and their metrics; fields that it leaves out have defaults.")
	f.Var(&s.scale, "scale", "Number of pods that the 99.9th percentile of the load requires at the target, or a factor such as x2.5; x1 leaves the load unchanged.")
	f.Uint64Var(&s.seed, "seed", 1, "Seed of the random numbers.")
	f.BoolVar(&s.counts, "counts", false, "Read the values as units of work per step, instead of units per second.")
	f.BoolVar(&s.interpolate, "interpolate", false, "Interpolate linearly between two values, instead of holding each until the next.")
	f.BoolVar(&s.starts, "starts", false, "Add scores of the pods that start or cannot start: time to serve, peak, runaway, and the hours of starting, blocked and wasted pods.")
	f.StringVar(&s.baseline.metric, "metric", s.baseline.metric, "Metric of named policies. One of: (rate, cpu); rate is the rate at which work arrives.")
	f.Int32Var(&s.baseline.target, "target", s.baseline.target, "Target utilization of named policies, in percent of a pod's capacity.")
	f.Int32Var(&s.baseline.min, "min", s.baseline.min, "Minimum replicas of named policies.")
	f.Int32Var(&s.baseline.max, "max", s.baseline.max, "Maximum replicas of named policies.")
	for _, name := range []string{"trace", "policy"} {
		if err := command.MarkFlagRequired(name); err != nil {
			panic(err) // the lines above add both flags
		}
	}
}

// peerList is a line for each named policy.
func peerList() string {
	var b strings.Builder
	for _, n := range peers.All() {
		fmt.Fprintf(&b, "  %-16s %s\n", n.Name, n.About)
	}
	return b.String()
}
