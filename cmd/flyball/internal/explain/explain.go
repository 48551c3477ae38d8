package explain

import (
	"errors"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// NewExplain returns flyball explain.
func NewExplain() *cobra.Command {
	var file input.File
	format := output.NewFormat("text", "json", "yaml", "bundle")
	from := cluster.New()
	command := &cobra.Command{
		Use:   "explain (NAME | -f FILE)",
		Short: "Show why a target has its replica count",
		Long: `Show the last decision about a HorizontalAutoscaler: the replica count, the reason, and every step that changed it, in order.

With NAME, the decision is the last one in the memory of the autoscaler that made it, at most a period old. That requires the rights to
get horizontalautoscalers and, in the autoscaler's namespace, to get leases and create pods/portforward, or --autoscaler-url instead of
these two. Without them the decision comes from the object's status, whose figures can be hours old, and a note has their age and the
reason. -o bundle captures all inputs of the last decision, so that it can be replayed anywhere, and has no such fallback.

With -f, the decision is that of this version for a bundle, and no cluster is needed. Use flyball decide to compare it with
the decision in the bundle. docs/bundles.md describes bundles.

Exit codes:
  0  the decision is printed
  2  no decision exists, or the bundle or the command line is invalid`,
		Example: `  # Show why web has its replica count
  flyball explain web -n shop

  # Capture the inputs of the decision and replay them
  flyball explain web -n shop -o bundle > bundle.yaml
  flyball decide -f bundle.yaml

  # Show the decision for a bundle
  flyball explain -f bundle.yaml`,
		Args: cobra.MaximumNArgs(1),
	}
	file.AddFlag(command, bundleUsage)
	format.AddFlag(command)
	from.AddFlags(command.Flags())
	from.AddAutoscalerFlags(command.Flags())
	from.Complete(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		switch {
		case len(args) == 1 && file != "":
			return errors.New("NAME and -f FILE exclude each other: use one")
		case len(args) == 1:
			return explainLive(command, from, args[0], format)
		case file == "":
			return errors.New("use the NAME of a HorizontalAutoscaler, or -f FILE with a bundle")
		case format.Is("bundle"):
			return errors.New("-o bundle requires a NAME: the file is a bundle already")
		}
		_, replayed, err := replayFile(file, command.InOrStdin())
		if err != nil {
			return err
		}
		return format.Print(command.OutOrStdout(), &replayed.report, replayed.page())
	}
	return command
}
