package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newExplain() *cobra.Command {
	var input file
	var output format
	command := &cobra.Command{
		Use:   "explain -f FILE",
		Short: "Tell why a bundle's decision was made",
		Long: "Explain prints a page about the decision of a bundle: the number, its reason in a sentence, and every step that made or\n" +
			"changed it, in order. It needs no cluster. To check the decision against the one that the bundle tells, use decide.\n\n" +
			"It exits with 2 when the bundle, or the command line, cannot be understood.",
		Example: `  flyball explain -f bundle.yaml`,
		Args:    cobra.NoArgs,
	}
	input.addFlag(command)
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
		return output.print(command.OutOrStdout(), replayed)
	}
	return command
}
