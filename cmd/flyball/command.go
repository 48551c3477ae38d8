package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// The exit codes. docs/bundles.md tells them.
const (
	exitOK        = 0
	exitDiffers   = 1 // the replay decided another number than the bundle tells
	exitUnusable  = 2 // the bundle, or the command line, cannot be understood
	exitCodesHelp = `Exit codes:
  0  the replay decided the number that the bundle tells, or the bundle tells none
  1  it decided another number
  2  the bundle, or the command line, cannot be understood`
)

// errDiffers is for a replay that decided otherwise; it is answered by exitDiffers.
var errDiffers = errors.New("the replay differs")

// run is the program, and gives its exit code. Results go to out, and everything else to errOut.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	command := newCommand()
	command.SetArgs(args)
	command.SetIn(in)
	command.SetOut(out)
	command.SetErr(errOut)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := command.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errDiffers), errors.Is(err, errFindings), errors.Is(err, errNoValue), errors.Is(err, errLeftOut), errors.Is(err, errNothing):
		_, _ = fmt.Fprintln(errOut, err) // there is nobody left to tell if it fails
		return exitDiffers
	default:
		_, _ = fmt.Fprintf(errOut, "Error: %v\n", err)
		return exitUnusable
	}
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "flyball",
		Short: "Answers questions about Flyball's autoscalers",
		Long: "Flyball answers questions about autoscalers: why a target has the replicas it has, and what would have been decided.\n" +
			"Its answers come from the very engine that decides in the cluster.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newDecide(), newExplain(), newRules(), newSim(), newWindows(), newImport())
	return root
}
