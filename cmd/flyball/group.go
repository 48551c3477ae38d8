package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// group makes a command that only has subcommands refuse what is none of them. By itself, cobra prints the help and succeeds,
// so that a misspelt subcommand would look like one that had nothing to do.
func group(command *cobra.Command) *cobra.Command {
	command.SuggestionsMinimumDistance = 2
	command.FParseErrWhitelist.UnknownFlags = true // so that the error is about the subcommand, whatever flags follow it
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s: Required value: name a subcommand; %s --help lists them", command.CommandPath(), command.CommandPath())
		}
		message := fmt.Sprintf("%s: Unsupported value: %q: no such subcommand; %s --help lists them", command.CommandPath(), args[0], command.CommandPath())
		if near := command.SuggestionsFor(args[0]); len(near) > 0 {
			message += "; did you mean " + strings.Join(near, " or ")
		}
		return errors.New(message)
	}
	return command
}
