package explain

import (
	"errors"
	"fmt"
	"time"

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

With NAME, the decision comes from the object's status, which requires the right to get horizontalautoscalers. A status keeps
its figures until more than them changes, and a note says how old they are. -o bundle captures all inputs of the last decision
instead, so that it can be replayed anywhere. It asks the autoscaler's leader, which requires the right to create pods/portforward in
the autoscaler's namespace, or --autoscaler-url.

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

func explainLive(command *cobra.Command, from *cluster.Cluster, name string, format *output.Format) error {
	ctx := command.Context()
	if format.Is("bundle") {
		text, err := from.Bundle(ctx, name)
		if err != nil {
			return err
		}
		_, err = command.OutOrStdout().Write(text)
		return err
	}
	found, err := from.Autoscaler(ctx, name)
	if err != nil {
		return err
	}
	r, err := reportOf(found)
	if err != nil {
		return err
	}
	if line := outOfDate(found, time.Now()); line != "" {
		_, _ = fmt.Fprintln(command.ErrOrStderr(), line) // the answer is complete without it
	}
	return format.Print(command.OutOrStdout(), r, r.page())
}
