package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func newExplain() *cobra.Command {
	var input file
	output := newFormat("text", "json", "yaml", "bundle")
	from := newCluster()
	command := &cobra.Command{
		Use:   "explain (NAME | -f FILE)",
		Short: "Tell why a target has the replicas it has",
		Long: "Explain prints a page about the last decision: the number, its reason in a sentence, and every step that made or changed it,\n" +
			"in order. Of an autoscaler in the cluster it tells what the object's status does, which needs the right to get it. -o bundle\n" +
			"captures all that the decision was made of, so that it can be replayed anywhere; that asks the autoscaler itself, which needs\n" +
			"the right to get pods/proxy in its namespace, or an --autoscaler-url. docs/bundles.md tells what a bundle holds.\n\n" +
			"Of a bundle in a file it tells the decision that this version makes of it, and needs no cluster. To check it against the\n" +
			"decision that the bundle tells, use decide.\n\n" +
			"It exits with 2 when there is no decision, or the bundle or the command line cannot be understood.",
		Example: `  # Why does web have so many replicas?
  flyball explain web -n shop

  # Take the decision away, and replay it
  flyball explain web -n shop -o bundle > bundle.yaml
  flyball decide -f bundle.yaml

  # Tell the decision of a bundle
  flyball explain -f bundle.yaml`,
		Args: cobra.MaximumNArgs(1),
	}
	input.addFlag(command)
	output.addFlag(command)
	from.addFlags(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		switch {
		case len(args) == 1 && input != "":
			return errors.New("give either a NAME or -f FILE, not both")
		case len(args) == 1:
			return explainLive(command, from, args[0], output)
		case input == "":
			return errors.New("give the NAME of a HorizontalAutoscaler, or -f FILE with a bundle")
		case output.name == "bundle":
			return errors.New("-o bundle captures the bundle of a NAME; what is in a file is one already")
		}
		return explainFile(command, input, output)
	}
	return command
}

func explainFile(command *cobra.Command, input file, output *format) error {
	b, err := input.bundle(command.InOrStdin())
	if err != nil {
		return err
	}
	replayed, err := replay(b)
	if err != nil {
		return fmt.Errorf("%s: %w", input, err)
	}
	return output.print(command.OutOrStdout(), &replayed.report, replayed.page())
}

func explainLive(command *cobra.Command, from *cluster, name string, output *format) error {
	ctx := command.Context()
	if output.name == "bundle" {
		text, err := from.bundle(ctx, name)
		if err != nil {
			return err
		}
		_, err = command.OutOrStdout().Write(text)
		return err
	}
	found, err := from.autoscaler(ctx, name)
	if err != nil {
		return err
	}
	r, err := reportOf(found)
	if err != nil {
		return err
	}
	if doubt := outOfDate(found, time.Now()); doubt != "" {
		_, _ = fmt.Fprintln(command.ErrOrStderr(), "Warning:", doubt) // the answer stands without it
	}
	return output.print(command.OutOrStdout(), r, r.page())
}
