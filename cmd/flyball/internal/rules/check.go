package rules

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/trace"
)

func newCheck() *cobra.Command {
	var from source
	var options lint.Options
	format := output.NewFormat("table", "json", "yaml")
	command := &cobra.Command{
		Use:   "check -f FILE",
		Short: "List the metrics of rules, and find mistakes",
		Long: `List the metrics of rules, and report rules that are not in force, likely mistakes, and differences from prometheus-adapter.

No cluster is needed. For rules whose metrics depend on the series that exist, use a saved list of series (--series) or a
running Prometheus (--prometheus). With --prometheus, each query also runs once, and the table shows its cost and the age
of its samples.

Exit codes:
  0  every rule is in force; warnings may exist
  1  a finding is an error: a rule is not in force
  2  the rules, the series or the command line is invalid, or Prometheus does not answer`,
		Example: `  # Check the ConfigMap of prometheus-adapter
  kubectl -n monitoring get configmap adapter-config -o yaml | flyball rules check -f -

  # Check rules with saved series
  curl -s 'http://localhost:9090/api/v1/series?match[]={namespace!=""}' > series.json
  flyball rules check -f config.yaml --series series.json

  # Check rules and measure their queries on a Prometheus that scrapes every minute
  flyball rules check -f config.yaml --prometheus http://localhost:9090 --scrape-interval 1m`,
		Args: cobra.NoArgs,
	}
	from.addFlags(command)
	format.AddFlag(command)
	command.Flags().StringVar(&from.series, "series", "", "File that contains a saved answer of Prometheus' /api/v1/series, or the list in it.")
	command.Flags().DurationVar(&options.ScrapeInterval, "scrape-interval", 30*time.Second, "Interval at which Prometheus scrapes the series.")
	command.MarkFlagsMutuallyExclusive("series", "prometheus")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if options.ScrapeInterval <= 0 {
			return fmt.Errorf("--scrape-interval: Invalid value: %q: must be greater than 0s", options.ScrapeInterval)
		}
		loaded, tracer, err := from.load(command)
		if err != nil {
			return err
		}
		report := lint.Check(loaded, tracer.Set, tracer.Problems, options)
		var measured map[*rule.MetricQuery]trace.Measurement
		if from.prometheus != "" {
			measured = tracer.Measure(command.Context(), report)
		}
		if err := format.Print(command.OutOrStdout(), report, checkPage(report, measured)); err != nil {
			return err
		}
		if report.Failed() {
			return fmt.Errorf("%w: see the findings", errFindings)
		}
		return nil
	}
	return command
}
