package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// windowsQuestion is what was asked about windows.
type windowsQuestion struct {
	input        file
	output       *format
	cluster      *cluster
	everywhere   bool
	from, to, at string
}

func newWindows() *cobra.Command {
	q := windowsQuestion{output: newFormat("table", "json", "yaml"), cluster: newCluster()}
	command := &cobra.Command{
		Use:   "windows [-f FILE] [--from TIME] [--to TIME] | [-f FILE] --at TIME",
		Short: "List when windows are open, and which bounds they set",
		Long: "Windows lists the occurrences of windows that start from one time on and before another: for the next seven days, unless\n" +
			"told otherwise. With --at it tells which windows are open at a time, and the bounds that are in force then: a HorizontalAutoscaler's\n" +
			"own and its windows', merged as the autoscaler merges them.\n\n" +
			"The windows are those of HorizontalAutoscaler and ScaleWindow objects, in a file of YAML or JSON documents and lists, or in the\n" +
			"cluster, which needs the right to list both. A time is like 2026-03-08T06:00:00-05:00, or a date, which is midnight in UTC. Times are\n" +
			"printed in the window's time zone.\n\n" +
			"It warns, on the standard error and in the JSON, of windows that never open, of windows that contradict each other, and of\n" +
			"occurrences that last an hour or more longer or shorter than their cron lines say, because the clocks change in them.\n" +
			"docs/windows.md tells what windows are.\n\n" + windowsExitCodes,
		Example: `  # What will the windows of this file do when the clocks change?
  flyball windows -f web.yaml --from 2026-03-07 --to 2026-03-10

  # Which bounds hold on Christmas Eve?
  flyball windows -f web.yaml --at 2026-12-24T20:00:00+01:00

  # The coming week of a namespace of the cluster
  flyball windows -n shop`,
		Args: cobra.NoArgs,
	}
	flags := command.Flags()
	flags.StringVarP((*string)(&q.input), "filename", "f", "", "The file that holds the objects, or - for the standard input. Empty: those of the cluster.")
	flags.StringVar(&q.from, "from", "", "List occurrences that start at this time or later. Empty: now.")
	flags.StringVar(&q.to, "to", "", "List occurrences that start before this time. Empty: seven days after --from.")
	flags.StringVar(&q.at, "at", "", "Tell what is in force at this time, instead.")
	flags.BoolVarP(&q.everywhere, "all-namespaces", "A", false, "Ask about all namespaces of the cluster.")
	q.output.addFlag(command)
	q.cluster.flags.AddFlags(flags)
	command.RunE = func(command *cobra.Command, _ []string) error { return q.answer(command, time.Now()) }
	return command
}

const windowsExitCodes = `Exit codes:
  0  the question is answered, perhaps with warnings
  2  the file, the cluster's answer or the command line cannot be understood`

func (q *windowsQuestion) answer(command *cobra.Command, now time.Time) error {
	from, to, err := q.times(now)
	if err != nil {
		return err
	}
	found, err := q.objects(command)
	if err != nil {
		return err
	}
	targets, warnings, err := planned(found)
	if err != nil {
		return err
	}
	if q.at != "" {
		warn(command.ErrOrStderr(), warnings)
		answer := inForce(targets, from)
		return q.output.print(command.OutOrStdout(), answer.forPrograms(warnings), answer.page())
	}
	warnings = append(warnings, contradictions(targets, from, to)...)
	listed := calendar(targets, from, to)
	warnings = append(warnings, changedClocks(listed)...)
	listed = merged(listed)
	warn(command.ErrOrStderr(), warnings)
	return q.output.print(command.OutOrStdout(), forPrograms(listed, warnings), table(listed, from, to))
}

func warn(errOut io.Writer, warnings []string) {
	for _, w := range warnings {
		_, _ = fmt.Fprintln(errOut, "Warning: "+w) // there is nobody left to tell if it fails
	}
}

// times are those asked about; with --at, both are that time.
func (q *windowsQuestion) times(now time.Time) (from, to time.Time, err error) {
	if q.at != "" {
		if q.from != "" || q.to != "" {
			return from, to, errors.New("--at asks about one time: leave --from and --to out")
		}
		from, err = parseTime("at", q.at)
		return from, from, err
	}
	from = now.Truncate(time.Second)
	if q.from != "" {
		if from, err = parseTime("from", q.from); err != nil {
			return from, to, err
		}
	}
	to = from.AddDate(0, 0, 7)
	if q.to != "" {
		if to, err = parseTime("to", q.to); err != nil {
			return from, to, err
		}
	}
	if !from.Before(to) {
		return from, to, fmt.Errorf("--to: %s is not after --from, %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	return from, to, nil
}

// parseTime reads a time of the command line.
func parseTime(flag, text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--%s: %q is not a time: write it like 2026-03-08T06:00:00-05:00, or a date like 2026-03-08, which is midnight in UTC", flag, text)
}
