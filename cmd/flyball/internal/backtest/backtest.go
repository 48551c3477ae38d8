package backtest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/cmd/flyball/internal/progress"
	"flyball.dev/flyball/cmd/flyball/internal/tracefile"
	"flyball.dev/flyball/sim/history"
)

const errUntrusted = exit.NegativeError("the backtest is not to be trusted: see its grade")

// New returns flyball backtest.
func New() *cobra.Command {
	q := &question{cluster: cluster.New(), trace: trace{scale: tracefile.Scale{Times: 1}}}
	format := output.NewFormat("table", "json", "yaml", "html")
	command := &cobra.Command{
		Use:   "backtest (NAME | -f FILE | --from FILE)",
		Short: "Run policies over the recorded history of a target",
		Long: `Show what policies would have done with a target on its own recorded history, with the same engine as the autoscaler.

NAME is a HorizontalAutoscaler, hpa/NAME a HorizontalPodAutoscaler, and scaledobject/NAME a ScaledObject of KEDA. The load is
reconstructed from the metrics, replicas and ready pods that Prometheus recorded under the policy that ran. The backtest grades
itself first: it replays the policy that ran, and compares its replicas with those recorded. docs/backtest.md describes the
reconstruction, the grade, the scores and the files.

Exit codes:
  0  the result is printed
  1  the result is printed, and is not to be trusted: the replay of the policy that ran differs too much from what was recorded
  2  no history was read, or a file or the command line is invalid`,
		Example: `  # Show what the HPA web did last week, what Flyball would have done, and with damping
  flyball backtest hpa/web -n shop --since 7d --prometheus http://localhost:9090 --against balanced

  # Show it for an HPA that scales by metrics of a metrics adapter
  flyball backtest hpa/web -n shop --since 7d --prometheus http://localhost:9090 --rules config.yaml

  # Save the history, and try another policy on it without Prometheus
  flyball backtest web -n shop --since 7d --prometheus http://localhost:9090 --save web.history
  flyball backtest -f changed.yaml --from web.history --against hpa --price 0.04 -o html > report.html

  # Use a load from a CSV file
  flyball backtest -f autoscaler.yaml --trace load.csv --against hpa`,
		Args: cobra.MaximumNArgs(1),
	}
	q.addFlags(command)
	format.AddFlag(command)
	q.cluster.AddFlags(command.Flags())
	command.RunE = func(command *cobra.Command, args []string) error {
		q.plots = format.Is("html")
		if err := q.check(args); err != nil {
			return err
		}
		r, err := q.run(command, progress.On(command.ErrOrStderr()))
		if err != nil {
			return err
		}
		if q.plots {
			err = r.html(command.OutOrStdout())
		} else {
			err = format.Print(command.OutOrStdout(), r, r.page())
		}
		if err == nil && r.Grade != nil && !r.Grade.Trusted {
			return errUntrusted
		}
		return err
	}
	return command
}

// question has the flags of flyball backtest.
type question struct {
	cluster *cluster.Cluster
	name    string
	file    input.File
	settings
	trace

	prometheus, save, from      string
	rulesPath                   string
	since, step                 days
	actual                      string
	against, queryFlags, asKind []string
	namespaceLabel              string
	concurrency                 int
	price                       float64
	startUpFlag, lagFlag        time.Duration
	tuned, timeline, plots      bool

	queries map[string]string
	kinds   kinds
	sent    int
}

func (q *question) addFlags(command *cobra.Command) {
	f := command.Flags()
	q.file.AddFlag(command, "File that contains a HorizontalAutoscaler, HorizontalPodAutoscaler or ScaledObject, or - for the standard input.")
	q.since, q.step = days(7*24*time.Hour), 0
	f.Var(&q.since, "since", "Length of the history, such as 7d or 12h.")
	f.Var(&q.step, "step", "Distance of the recorded values. 0s for 30s, or more for a history longer than a week.")
	f.StringVar(&q.prometheus, "prometheus", "", "URL of the Prometheus that recorded the history, such as http://localhost:9090.")
	f.StringVar(&q.save, "save", "", "File to which the history is saved. An incomplete one is continued.")
	f.StringVar(&q.from, "from", "", "File that --save wrote, instead of Prometheus.")
	f.StringVar(&q.path, "trace", "", "File that contains the load, instead of Prometheus: CSV with the header timestamp,value or timestamp,value,replicas,ready, and times in RFC 3339.")
	f.Var(&q.scale, "scale", "With --trace: number of pods that the 99.9th percentile of the load requires at the target, or a factor such as x2.5.")
	f.BoolVar(&q.counts, "counts", false, "With --trace: read the values as units of work per step, instead of units per second.")
	f.BoolVar(&q.interpolate, "interpolate", false, "With --trace: interpolate linearly between two values, instead of holding each until the next.")
	f.StringSliceVar(&q.against, "against", nil, "Comma-separated list of policies to compare with: hpa, balanced, responsive, thrifty, steady, or files. Can be repeated.")
	f.StringVar(&q.actual, "actual", "", "Policy that ran while the history was recorded, as in --against. Default: the object itself; the HPA controller for an HPA or ScaledObject.")
	f.StringArrayVar(&q.queryFlags, "query", nil, "PromQL of a metric, or of replicas, ready, rollout, unschedulable, podsPerNode or startUp, as NAME=PROMQL. Can be repeated.")
	f.StringVar(&q.rulesPath, "rules", "", "File that contains the rules of the metrics adapter, which define the series of Pods, Object and External metrics.")
	f.StringSliceVar(&q.asKind, "metric-kind", nil, "How a metric follows from the load, as NAME=sum for a value of all pods or NAME=mean for a mean of the pods. Can be repeated.")
	f.StringVar(&q.namespaceLabel, "namespace-label", "namespace", "Label by which queries of HorizontalAutoscalers are restricted to their namespace, as that of the autoscaler. If empty, they are not.")
	f.IntVar(&q.concurrency, "concurrency", 2, "Maximum number of concurrent queries.")
	f.Float64Var(&q.capacity, "pod-capacity", 143, "Load that a pod serves, in percent of the target of its metric. A pod with a utilization target serves its whole request.")
	f.DurationVar(&q.startUpFlag, "startup-time", 0, "Time from the creation of a pod until it is ready, instead of the measured one.")
	f.DurationVar(&q.lagFlag, "lag", 0, "Age of the load that policies read, instead of the measured one.")
	f.Float64Var(&q.price, "price", 0, "Price of a pod hour. 0 for no costs.")
	f.BoolVar(&q.tuned, "tune", false, "Search profile, target, hold and a window on the first half of the history, and score the best settings on the second.")
	f.BoolVar(&q.timeline, "timeline", false, "Add the demand, the replicas and the ready pods at each step to the JSON.")
	f.Uint64Var(&q.seed, "seed", 1, "Seed of the start-up times.")
}

// check validates the flags.
func (q *question) check(args []string) error {
	if len(args) == 1 {
		q.name = args[0]
	}
	sources := 0
	for _, source := range []string{q.prometheus, q.from, q.path} {
		if source != "" {
			sources++
		}
	}
	switch {
	case sources != 1:
		return errors.New("use one of --prometheus URL, --from FILE and --trace FILE for the history")
	case q.name != "" && q.file != "":
		return errors.New("NAME and -f FILE exclude each other: use one")
	case q.name == "" && q.file == "" && q.from == "":
		return errors.New("use the NAME of an autoscaler, or -f FILE with one")
	case q.save != "" && q.prometheus == "":
		return errors.New("--save requires --prometheus")
	case q.rulesPath != "" && q.prometheus == "":
		return errors.New("--rules requires --prometheus: a saved history has the series of its metrics")
	case q.capacity <= 0 || q.capacity > 10_000:
		return fmt.Errorf("--pod-capacity: Invalid value: %g: must be greater than 0 and at most 10000 percent", q.capacity)
	case q.price < 0:
		return fmt.Errorf("--price: Invalid value: %g: must not be negative", q.price)
	case q.concurrency < 1 || q.concurrency > 10:
		return fmt.Errorf("--concurrency: Invalid value: %d: must be from 1 to 10", q.concurrency)
	case q.startUpFlag < 0 || q.lagFlag < 0:
		return errors.New("--startup-time, --lag: must not be negative")
	}
	if err := q.checkTimes(); err != nil {
		return err
	}
	return q.parse()
}

// leastStep is the step of the simulated pods. Between two of them, a replay has no value.
const leastStep = 5 * time.Second

// checkTimes validates the length of the history and its step.
func (q *question) checkTimes() error {
	since, step := time.Duration(q.since), time.Duration(q.step)
	switch {
	case since <= 0:
		return fmt.Errorf("--since: Invalid value: %q: must be greater than 0s", &q.since)
	case step == 0:
		return nil
	case step < leastStep:
		return fmt.Errorf("--step: Invalid value: %q: must be at least %s", &q.step, leastStep)
	case step > since:
		return fmt.Errorf("--step: Invalid value: %q: must be at most --since (%s)", &q.step, &q.since)
	case since/step > mostPoints:
		least := days((since/mostPoints + time.Second - 1).Truncate(time.Second))
		return fmt.Errorf("--step: Invalid value: %q: must be at least %s for --since %s, so that a series has at most %d values", &q.step, &least, &q.since, mostPoints)
	}
	return nil
}

func (q *question) parse() error {
	q.queries, q.kinds.flags = map[string]string{}, map[string]history.Kind{}
	for _, flag := range q.queryFlags {
		name, query, found := strings.Cut(flag, "=")
		if !found || name == "" || query == "" {
			return fmt.Errorf("--query: Invalid value: %q: must be NAME=PROMQL", flag)
		}
		q.queries[name] = query
	}
	for _, flag := range q.asKind {
		equals := strings.LastIndex(flag, "=")
		kind, err := history.ParseKind(flag[equals+1:])
		if equals < 1 || err != nil {
			return fmt.Errorf("--metric-kind: Invalid value: %q: must be NAME=sum or NAME=mean", flag)
		}
		q.kinds.flags[flag[:equals]] = kind
	}
	if q.startUpFlag > 0 {
		q.startUp = &q.startUpFlag
	}
	if q.lagFlag > 0 {
		q.lag = &q.lagFlag
	}
	return nil
}
