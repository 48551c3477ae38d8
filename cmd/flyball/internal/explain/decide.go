package explain

import (
	"fmt"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// DecideExitCodes is the part of the help about exit codes.
const DecideExitCodes = `Exit codes:
  0  the replay decided the replica count of the bundle, or the bundle has none
  1  the replay decided another replica count
  2  the bundle or the command line is invalid`

const errDiffers = exit.NegativeError("the replay differs")

const bundleUsage = "File that contains the bundle, or - for the standard input."

// NewDecide returns flyball decide.
func NewDecide() *cobra.Command {
	var file input.File
	format := output.NewFormat("text", "json", "yaml")
	command := &cobra.Command{
		Use:   "decide -f FILE",
		Short: "Replay a captured decision offline",
		Long: `Replay a bundle through the engine and print the decision.

A bundle holds all inputs of one decision, so the replay gives the decision of the autoscaler that wrote it, without a
cluster. Edit the bundle to see what the autoscaler would decide from other inputs. docs/bundles.md describes how to
capture a bundle and how to write one.

` + DecideExitCodes,
		Example: `  # Check that this version decides as the one that wrote the bundle
  flyball decide -f bundle.yaml

  # Decide again at twice the load
  sed 's/value: 1200m/value: 2400m/' bundle.yaml | flyball decide -f - -o json`,
		Args: cobra.NoArgs,
	}
	file.AddRequiredFlag(command, bundleUsage)
	format.AddFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		b, replayed, err := replayFile(file, command.InOrStdin())
		if err != nil {
			return err
		}
		if err := format.Print(command.OutOrStdout(), &replayed.report, replayed.page()); err != nil {
			return err
		}
		if same := replayed.report.Same; same != nil && !*same {
			return fmt.Errorf("%w: it decides %d replicas, the bundle has %d", errDiffers, replayed.report.Desired, b.Decided.Desired)
		}
		return nil
	}
	return command
}
