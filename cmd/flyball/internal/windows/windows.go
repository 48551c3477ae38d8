package windows

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// question has the flags of flyball windows.
type question struct {
	file          input.File
	format        *output.Format
	cluster       *cluster.Cluster
	allNamespaces bool
	from, to      string
	// time of --at.
	time string
}

// New returns flyball windows.
func New() *cobra.Command {
	q := question{format: output.NewFormat("table", "json", "yaml"), cluster: cluster.New()}
	command := &cobra.Command{
		Use:   "windows [-f FILE] [--from TIME] [--to TIME] | [-f FILE] --at TIME",
		Short: "List when windows are open, and the bounds that they set",
		Long: `List the occurrences of windows that start in an interval, which is the next seven days by default. With --at, show which
windows are open at a time, and the bounds in force then: those of the HorizontalAutoscaler and of its windows, merged as the
autoscaler merges them. spec.override is the window spec/override, with --at only: its start is not known.

The windows are those of HorizontalAutoscaler and ScaleWindow objects: of a file of YAML or JSON documents and lists, or of the
cluster, which requires the right to list both. A TIME is like 2026-03-08T06:00:00-05:00, or a date, which is midnight in UTC.
Times are printed in the time zone of the window.

Warnings go to the standard error and into the JSON: about windows that never open, about windows of one target with
contradictory bounds, and about occurrences that last an hour or more longer or shorter than their cron lines say, because
the clocks change. docs/windows.md describes windows.

Exit codes:
  0  the windows are listed; warnings may exist
  2  the file or the command line is invalid, or the cluster does not answer`,
		Example: `  # List the windows of a file around a change of the clocks
  flyball windows -f web.yaml --from 2026-03-07 --to 2026-03-10

  # Show the bounds in force on Christmas Eve
  flyball windows -f web.yaml --at 2026-12-24T20:00:00+01:00

  # List the next seven days of a namespace of the cluster
  flyball windows -n shop`,
		Args: cobra.NoArgs,
	}
	flags := command.Flags()
	q.file.AddFlag(command, "File that contains the objects, or - for the standard input. If empty, the objects are those of the cluster.")
	flags.StringVar(&q.from, "from", "", "List occurrences that start at or after this time. If empty, now.")
	flags.StringVar(&q.to, "to", "", "List occurrences that start before this time. If empty, seven days after --from.")
	flags.StringVar(&q.time, "at", "", "Show the open windows and the bounds in force at this time, instead of a list.")
	flags.BoolVarP(&q.allNamespaces, "all-namespaces", "A", false, "Read the objects of all namespaces of the cluster.")
	q.format.AddFlag(command)
	q.cluster.AddFlags(flags)
	command.RunE = func(command *cobra.Command, _ []string) error { return q.answer(command, time.Now()) }
	return command
}

func (q *question) answer(command *cobra.Command, now time.Time) error {
	from, to, err := q.times(now)
	if err != nil {
		return err
	}
	found, err := q.objects(command)
	if err != nil {
		return err
	}
	targets, warnings, err := plan(found)
	if err != nil {
		return err
	}
	if q.time != "" {
		warn(command.ErrOrStderr(), warnings)
		answer := inForce(targets, from)
		return q.format.Print(command.OutOrStdout(), answer.report(warnings), answer.page())
	}
	warnings = append(warnings, contradictions(targets, from, to)...)
	listed := calendar(targets, from, to)
	warnings = append(warnings, clockChanges(listed)...)
	listed = merged(listed)
	warn(command.ErrOrStderr(), warnings)
	return q.format.Print(command.OutOrStdout(), newReport(listed, warnings), table(listed, from, to))
}

func warn(errOut io.Writer, warnings []string) {
	for _, w := range warnings {
		_, _ = fmt.Fprintln(errOut, "Warning: "+w) // the answer is complete without it
	}
}

// times returns the interval of the flags; with --at, both times are that time.
func (q *question) times(now time.Time) (from, to time.Time, err error) {
	if q.time != "" {
		if q.from != "" || q.to != "" {
			return from, to, errors.New("--at excludes --from and --to: it is a single time")
		}
		from, err = parseTime("at", q.time)
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
		return from, to, fmt.Errorf("--to: Invalid value: %q: must be after --from (%s)", to.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	return from, to, nil
}

func parseTime(flag, text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--%s: Invalid value: %q: must be a time like 2026-03-08T06:00:00-05:00, or a date like 2026-03-08, which is midnight in UTC", flag, text)
}
