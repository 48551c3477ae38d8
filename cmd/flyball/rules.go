package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
)

const rulesExitCodesHelp = `Exit codes:
  0  every rule is in force; there may be warnings
  1  a finding is an error: a rule is not in force; for explain: there is no value
  2  the rules, the series or the command line cannot be understood, or Prometheus cannot be asked`

// errFindings is for rules that are not in force; it is answered by exit code 1.
var errFindings = errors.New("not every rule is in force")

// errNoValue is for a metric that has none; it is answered by exit code 1.
var errNoValue = errors.New("there is no value")

func newRules() *cobra.Command {
	command := group(&cobra.Command{
		Use:   "rules",
		Short: "Check the metrics adapter's rules, and explain what they give",
		Long: "Rules looks at rules of the metrics adapter: Flyball's own, or prometheus-adapter's configuration, as a file, as a ConfigMap\n" +
			"manifest, or as values of its Helm chart, bare or in a HelmRelease, HelmChart, Application or Kustomization. It reads every document\n" +
			"and List of the file. docs/rules.md and docs/prometheus-adapter.md describe both.",
	})
	command.AddCommand(newRulesCheck(), newRulesExplain())
	return command
}

// rulesInput is where rules and what there is to know about series come from.
type rulesInput struct {
	rules      file
	series     string
	prometheus string
}

func (in *rulesInput) addFlags(command *cobra.Command) {
	command.Flags().StringVarP((*string)(&in.rules), "filename", "f", "", "The file that holds the rules, or - for the standard input.")
	command.Flags().StringVar(&in.prometheus, "prometheus", "", "URL of a Prometheus to ask, such as http://localhost:9090.")
	in.rules.isNeeded(command)
}

// resolved is rules with what was found out about their series.
type resolved struct {
	loaded   *rule.Loaded
	set      *rule.Set
	problems []rule.Problem
	// series are those that were found, by the selector that found them; nil where nobody was asked.
	series map[string][]labelSet
	// client asks Prometheus; nil for none.
	client *prom.Client
}

func (in *rulesInput) resolve(command *cobra.Command) (*resolved, error) {
	text, err := in.rules.read(command.InOrStdin())
	if err != nil {
		return nil, err
	}
	loaded, problems, err := rule.Load(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.rules, err)
	}
	r := &resolved{loaded: loaded}
	switch {
	case in.series != "":
		all, err := readSeries(in.series)
		if err != nil {
			return nil, err
		}
		r.series = pick(all, loaded.AllSelectors())
	case in.prometheus != "":
		if r.client, err = prom.New(prom.Options{URL: in.prometheus}); err != nil {
			return nil, fmt.Errorf("--prometheus: %w", err)
		}
		var more []rule.Problem
		if r.series, more, err = askSeries(command.Context(), r.client, loaded.AllSelectors()); err != nil {
			return nil, err
		}
		problems = append(problems, more...)
	}
	set, more := loaded.Resolve(kindsOf(r.series), rule.Builtin)
	r.set, r.problems = set, append(problems, more...)
	return r, nil
}

func newRulesCheck() *cobra.Command {
	var input rulesInput
	var options lint.Options
	output := newFormat("table", "json", "yaml")
	command := &cobra.Command{
		Use:   "check -f FILE",
		Short: "Tell what rules give, and what is wrong with them",
		Long: "Check reads rules, and prints the metrics that they give and what it found: rules that are not in force and why, what is likely\n" +
			"wrong, and what Flyball does otherwise than prometheus-adapter. It needs no cluster and no server. With the series of a\n" +
			"Prometheus, saved or asked, it tells of rules that find series, too; asked, it also runs the queries and tells what they cost and\n" +
			"how old their samples are.\n\n" + rulesExitCodesHelp,
		Example: `  # What does prometheus-adapter's ConfigMap give?
  kubectl -n monitoring get configmap adapter-config -o yaml | flyball rules check -f -

  # With the series that were there at some time
  curl -s 'http://localhost:9090/api/v1/series?match[]={namespace!=""}' > series.json
  flyball rules check -f config.yaml --series series.json

  # Against a Prometheus that scrapes every minute
  flyball rules check -f config.yaml --prometheus http://localhost:9090 --scrape-interval 1m`,
		Args: cobra.NoArgs,
	}
	input.addFlags(command)
	output.addFlag(command)
	command.Flags().StringVar(&input.series, "series", "", "A saved answer of Prometheus' /api/v1/series, or the list in it.")
	command.Flags().DurationVar(&options.ScrapeInterval, "scrape-interval", 30*time.Second, "Time between two samples of the series.")
	command.MarkFlagsMutuallyExclusive("series", "prometheus")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if options.ScrapeInterval <= 0 {
			return fmt.Errorf("--scrape-interval %s: must be more than nothing", options.ScrapeInterval)
		}
		r, err := input.resolve(command)
		if err != nil {
			return err
		}
		report := lint.Check(r.loaded, r.set, r.problems, options)
		var seen map[*rule.MetricQuery]asked
		if r.client != nil {
			seen = r.askMetrics(command.Context(), report)
		}
		if err := output.print(command.OutOrStdout(), report, checkPage(report, seen)); err != nil {
			return err
		}
		if report.Failed() {
			return fmt.Errorf("%w: see the findings", errFindings)
		}
		return nil
	}
	return command
}
