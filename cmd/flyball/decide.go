package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newDecide() *cobra.Command {
	var input file
	output := newFormat("text", "json", "yaml")
	command := &cobra.Command{
		Use:   "decide -f FILE",
		Short: "Replay a bundle and print the decision",
		Long: "Decide replays a captured input through the engine and prints the decision. It needs no cluster. A bundle holds everything\n" +
			"that a decision is made of, so the answer is the one that the autoscaler gave; edit the bundle to see what it would have\n" +
			"decided otherwise. docs/bundles.md tells how to capture one and how to write one.\n\n" + exitCodesHelp,
		Example: `  # Does this version decide as the one that wrote the bundle did?
  flyball decide -f bundle.yaml

  # What would it decide at twice the load?
  sed 's/value: 1200m/value: 2400m/' bundle.yaml | flyball decide -f - -o json`,
		Args: cobra.NoArgs,
	}
	input.addFlag(command)
	input.isNeeded(command)
	output.addFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		b, err := input.bundle(command.InOrStdin())
		if err != nil {
			return err
		}
		replayed, err := replay(b)
		if err != nil {
			return fmt.Errorf("%s: %w", input, err)
		}
		if err := output.print(command.OutOrStdout(), &replayed.report, replayed.page()); err != nil {
			return err
		}
		if same := replayed.report.Same; same != nil && !*same {
			return fmt.Errorf("%w: it decides %d replicas, and the bundle says that %d were decided",
				errDiffers, replayed.report.Desired, b.Decided.Desired)
		}
		return nil
	}
	return command
}
