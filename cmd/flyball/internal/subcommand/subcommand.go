package subcommand

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Require makes a command without an action of its own refuse a missing or unknown subcommand. By default, cobra prints the
// help and succeeds, so that a misspelled subcommand passes for one that had nothing to do.
func Require(command *cobra.Command) *cobra.Command {
	command.SuggestionsMinimumDistance = 2
	command.FParseErrWhitelist.UnknownFlags = true // so that the error names the subcommand, not its flags
	command.RunE = func(command *cobra.Command, args []string) error {
		path := command.CommandPath()
		if len(args) == 0 {
			return fmt.Errorf("%s: Required value: name a subcommand; run %s --help for a list", path, path)
		}
		message := fmt.Sprintf("%s: Unsupported value: %q: no such subcommand; run %s --help for a list", path, args[0], path)
		if similar := command.SuggestionsFor(args[0]); len(similar) > 0 {
			message += "; did you mean " + strings.Join(similar, " or ")
		}
		return errors.New(message)
	}
	return command
}
