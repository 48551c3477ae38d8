package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"flyball.dev/flyball/cmd/flyball/internal/backtest"
	"flyball.dev/flyball/cmd/flyball/internal/dashboard"
	"flyball.dev/flyball/cmd/flyball/internal/doctor"
	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/explain"
	"flyball.dev/flyball/cmd/flyball/internal/importing"
	"flyball.dev/flyball/cmd/flyball/internal/override"
	"flyball.dev/flyball/cmd/flyball/internal/rules"
	"flyball.dev/flyball/cmd/flyball/internal/shadow"
	"flyball.dev/flyball/cmd/flyball/internal/sim"
	"flyball.dev/flyball/cmd/flyball/internal/takeover"
	"flyball.dev/flyball/cmd/flyball/internal/top"
	"flyball.dev/flyball/cmd/flyball/internal/windows"
	"flyball.dev/flyball/cmd/internal/version"
)

// run executes a command line and returns its exit code. Answers go to out, and everything else to errOut.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	return runAs("flyball", args, in, out, errOut)
}

// runAs is run of a program of this name, whose help of a plugin of kubectl has the commands that its users type.
func runAs(name string, args []string, in io.Reader, out, errOut io.Writer) int {
	command := newCommand()
	if strings.HasPrefix(filepath.Base(name), "kubectl-") {
		showAsPlugin(command)
	}
	started := false
	onRun(command, func() { started = true })
	command.SetArgs(args)
	command.SetIn(in)
	command.SetOut(out)
	command.SetErr(errOut)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := command.ExecuteContextC(ctx)
	if err == nil {
		return exit.OK
	}
	if _, ok := errors.AsType[exit.NegativeError](err); ok {
		_, _ = fmt.Fprintln(errOut, err) // the exit code remains if the write fails
		return exit.Negative
	}
	if _, ok := errors.AsType[exit.SevereError](err); ok {
		_, _ = fmt.Fprintln(errOut, err) // as above
		return exit.Severe
	}
	_, _ = fmt.Fprintf(errOut, "Error: %v\n", err)
	if !started {
		_, _ = fmt.Fprintf(errOut, "See '%s --help' for usage.\n", failed.CommandPath())
	}
	return exit.Unusable
}

// onRun calls f before a command or subcommand runs, which is after cobra has accepted its flags and arguments.
func onRun(command *cobra.Command, f func()) {
	if run := command.RunE; run != nil {
		command.RunE = func(command *cobra.Command, args []string) error {
			f()
			return run(command, args)
		}
	}
	for _, child := range command.Commands() {
		onRun(child, f)
	}
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "flyball",
		Short: "Explain, replay and simulate autoscaling decisions",
		Long: `flyball explains why a target has its replica count, and shows what would be decided from other inputs, at another time or
over a recorded load. It decides with the same engine as the autoscaler in the cluster.

Installed as kubectl-flyball, it is a plugin of kubectl: kubectl flyball explain NAME.`,
		Version:       version.String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(dashboard.New(), doctor.New(), explain.NewDecide(), explain.NewExplain(), rules.New(), shadow.New(), sim.New(), override.NewScale(), override.NewPause(), override.NewResume(), takeover.New(), top.New(), windows.New(), importing.New(), backtest.New())
	return root
}

// showAsPlugin writes kubectl flyball for flyball in the help of all commands.
func showAsPlugin(root *cobra.Command) {
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl flyball"}
	names := make([]string, len(root.Commands()))
	for i, c := range root.Commands() {
		names[i] = c.Name()
	}
	command := regexp.MustCompile(`\bflyball (` + strings.Join(names, "|") + `)\b`)
	var rename func(*cobra.Command)
	rename = func(c *cobra.Command) {
		for _, text := range []*string{&c.Short, &c.Long, &c.Example} {
			*text = command.ReplaceAllString(*text, "kubectl flyball $1")
		}
		c.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = command.ReplaceAllString(f.Usage, "kubectl flyball $1") })
		for _, child := range c.Commands() {
			rename(child)
		}
	}
	root.Long, _, _ = strings.Cut(root.Long, "\n\nInstalled as")
	rename(root)
}
