package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/metricsadapter/trace"
)

func newExplain() *cobra.Command {
	var from source
	var question trace.Question
	format := output.NewFormat("text", "json", "yaml")
	command := &cobra.Command{
		Use:   "explain METRIC [OBJECT] -f FILE --prometheus URL",
		Short: "Show why a metric has a value for an object, or has none",
		Long: `Follow a metric from the series of its rule to the value of an object, and show the stage at which it is lost.

The stages are the rule, the query, the series that the query reads, the rows that it returns, and the age of their samples.

OBJECT is a kind and a name, such as pod/web-1, deployment/web or namespace/shop, or pods/* for all pods. Leave it out for an
external metric.

Exit codes:
  0  the metric has a value
  1  the metric has no value
  2  the rules or the command line is invalid, or Prometheus does not answer`,
		Example: `  # Show the value of a metric of a pod
  flyball rules explain http_requests_per_second pod/web-1 -n shop -f config.yaml --prometheus http://localhost:9090

  # Show the value of an external metric, with a selector
  flyball rules explain queue_depth -n shop -f config.yaml --prometheus http://localhost:9090 --selector topic=mail`,
		Args: cobra.RangeArgs(1, 2),
	}
	from.addFlags(command)
	format.AddFlag(command)
	command.Flags().StringVarP(&question.Namespace, "namespace", "n", "default", "Namespace of the metric.")
	command.Flags().StringVarP(&question.Selector, "selector", "l", "", "Selector on the labels of the metric.")
	if err := command.MarkFlagRequired("prometheus"); err != nil {
		panic(err) // addFlags adds the flag
	}
	command.RunE = func(command *cobra.Command, args []string) error {
		question.Metric = args[0]
		if len(args) == 2 {
			if err := question.SetObject(args[1]); err != nil {
				return err
			}
		}
		_, tracer, err := from.load(command)
		if err != nil {
			return err
		}
		t := tracer.Trace(command.Context(), question, time.Now())
		if err := format.Print(command.OutOrStdout(), t, tracePage(t)); err != nil {
			return err
		}
		if t.Value == nil {
			return fmt.Errorf("%w: it is lost at the last stage", errNoValue)
		}
		return nil
	}
	return command
}

// tracePage is a trace as text, with a line for each stage.
func tracePage(t *trace.Trace) string {
	var out strings.Builder
	for _, s := range t.Stages {
		mark := "ok"
		if s.Lost {
			mark = "LOST"
		}
		_, _ = fmt.Fprintf(&out, "%-5s %-10s %s\n", mark, s.Step, strings.ReplaceAll(s.Result, "\n", "\n                 "))
	}
	return out.String()
}
