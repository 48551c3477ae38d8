package shadow

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/summary"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/cmd/flyball/internal/subcommand"
)

// New returns flyball shadow.
func New() *cobra.Command {
	command := subcommand.Require(&cobra.Command{
		Use:   "shadow",
		Short: "Compare an autoscaler in mode Shadow with the controller that scales its target",
		Long: `Compare the decisions of a HorizontalAutoscaler in mode Shadow with the replicas that another controller, or a person, sets.

docs/take-over.md describes the way from a shadow to taking over.`,
	})
	command.AddCommand(newReport())
	return command
}

func newReport() *cobra.Command {
	format := output.NewFormat("table", "json", "yaml")
	from := cluster.New()
	command := &cobra.Command{
		Use:   "report NAME",
		Short: "Show how often and why an autoscaler in mode Shadow differs, and what both cost",
		Long: `Show how often and by how much the decisions of a HorizontalAutoscaler in mode Shadow differ from the replicas of its target, which part of the
policy explains each difference, the pod-hours and the estimated shortage of both, and a recommendation.

Both agree where one follows the other within twice the autoscaler's period. A shortage is estimated from the metrics: a replica is
short while the metrics propose it and it is not requested. The comparison starts again with each change of the spec.

The figures come from the memory of the autoscaler, as those of flyball top, or else from the object's status, with a note.

Exit codes:
  0  the report is printed, and taking over is recommended
  1  the report is printed, and taking over is not recommended
  2  no comparison exists, the command line is invalid, or the cluster does not answer`,
		Example: `  # Show whether web is ready to be taken over
  flyball shadow report web -n shop

  # Print the share of the time in which both agreed
  flyball shadow report web -n shop -o json | jq .agreed`,
		Args: cobra.ExactArgs(1),
	}
	format.AddFlag(command)
	from.AddFlags(command.Flags())
	from.AddAutoscalerFlags(command.Flags())
	from.Complete(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		row, cause, err := find(command.Context(), from, args[0])
		if err != nil {
			return err
		}
		if cause != nil {
			_, _ = fmt.Fprintf(command.ErrOrStderr(), "Note: the figures are those of the status: %v\n", cause) // the report is complete without it
		}
		r := newReportOf(row, cause != nil)
		if err := format.Print(command.OutOrStdout(), r, r.page()); err != nil {
			return err
		}
		if r.Verdict != verdictTakeOver {
			return exit.NegativeError("Taking over is not recommended: " + string(r.Verdict))
		}
		return nil
	}
	return command
}

// find returns the row of an autoscaler, and why it is that of the status; nil for one from memory.
func find(ctx context.Context, from *cluster.Cluster, name string) (row *summary.Row, cause, err error) {
	all, err := from.Summary(ctx, false, "")
	if err != nil {
		return nil, nil, err
	}
	for i := range all.Rows {
		if all.Rows[i].Name == name {
			return &all.Rows[i], all.Cause, checkCompared(&all.Rows[i])
		}
	}
	_, err = from.Autoscaler(ctx, name) // names the namespace
	if err == nil {
		err = fmt.Errorf("no autoscaler has decided about %s yet; check that the autoscaler is running", name)
	}
	return nil, nil, err
}

// checkCompared returns why a row has no comparison; nil for one.
func checkCompared(row *summary.Row) error {
	switch {
	case row.Mode != string(v1alpha1.ModeShadow):
		return fmt.Errorf("HorizontalAutoscaler %s/%s has spec.mode %s: only Shadow compares; use flyball explain for its decisions", row.Namespace, row.Name, row.Mode)
	case row.Shadow == nil || row.Shadow.Comparison == nil:
		return fmt.Errorf("HorizontalAutoscaler %s/%s has no comparison yet: no decision was made; use flyball explain for the reason", row.Namespace, row.Name)
	default:
		return nil
	}
}
