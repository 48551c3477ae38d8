package rules

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/cmd/flyball/internal/subcommand"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/trace"
)

const (
	errFindings = exit.NegativeError("not every rule is in force")
	errNoValue  = exit.NegativeError("the metric has no value")
)

// New returns flyball rules.
func New() *cobra.Command {
	command := subcommand.Require(&cobra.Command{
		Use:   "rules",
		Short: "Check the metrics adapter's rules, and explain their values",
		Long: `Check the rules of the metrics adapter, and explain the values of their metrics.

The rules are Flyball's own or prometheus-adapter's configuration: as a file, as a ConfigMap, or as values of its Helm chart,
alone or in a HelmRelease, HelmChart, Application or Kustomization. Every document and List of the file is read.
docs/rules.md and docs/prometheus-adapter.md describe both.`,
	})
	command.AddCommand(newCheck(), newExplain())
	return command
}

// source is where rules and their series come from.
type source struct {
	rules input.File
	// series is a file of saved series, and prometheus a URL; at most one is set.
	series, prometheus string
}

func (s *source) addFlags(command *cobra.Command) {
	s.rules.AddRequiredFlag(command, "File that contains the rules, or - for the standard input.")
	command.Flags().StringVar(&s.prometheus, "prometheus", "", "URL of a Prometheus to query, such as http://localhost:9090.")
}

// load reads the rules and resolves them by the series of the file or of Prometheus.
func (s *source) load(command *cobra.Command) (*rule.Loaded, *trace.Tracer, error) {
	text, err := s.rules.Read(command.InOrStdin())
	if err != nil {
		return nil, nil, err
	}
	loaded, problems, err := rule.Load(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.rules, err)
	}
	switch {
	case s.series != "":
		text, err := os.ReadFile(s.series)
		if err != nil {
			return nil, nil, fmt.Errorf("--series: %w", err)
		}
		all, err := trace.ParseSeries(text)
		if err != nil {
			return nil, nil, fmt.Errorf("--series: %s: %w", s.series, err)
		}
		return loaded, trace.New(loaded, problems, trace.Match(all, loaded.AllSelectors()), nil), nil
	case s.prometheus != "":
		client, err := prom.New(prom.Options{URL: s.prometheus})
		if err != nil {
			return nil, nil, fmt.Errorf("--prometheus: %w", err)
		}
		series, more, err := trace.FindSeries(command.Context(), client, loaded.AllSelectors(), time.Now())
		if err != nil {
			return nil, nil, fmt.Errorf("--prometheus: %w", err)
		}
		return loaded, trace.New(loaded, append(problems, more...), series, client), nil
	}
	return loaded, trace.New(loaded, problems, nil, nil), nil
}
