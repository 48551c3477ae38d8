// Command scale measures the cost and the reaction of many autoscalers in one cluster: `make bench-scale`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"flyball.dev/flyball/e2e/scale"
)

// outputs are the files that a run writes; empty for none.
type outputs struct{ json, charts, page, from string }

func main() {
	o, out, err := parse()
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = run(ctx, o, out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func parse() (scale.Options, outputs, error) {
	o, out := scale.NewOptions(), outputs{}
	own, err := os.Executable()
	if err != nil {
		return o, out, err
	}
	o.Binaries = filepath.Dir(own)
	o.Chart = filepath.Join(o.Binaries, "..", "..", "charts", "flyball")
	o.Log = os.Stderr
	o.SecondAdapter, o.SecondAdapterArgs = os.Getenv("SECOND_ADAPTER"), strings.Fields(os.Getenv("SECOND_ADAPTER_ARGS"))
	o.AutoscalerFlags = strings.Fields(os.Getenv("AUTOSCALER_FLAGS"))

	sizes := flag.String("n", "100,1000", "numbers of autoscalers, ascending, with commas between them")
	arms := flag.String("arms", strings.Join(o.Arms, ","), "arms, with commas between them; also direct-tuned and api-tuned, with the flags in AUTOSCALER_FLAGS")
	periods := flag.String("period", o.Periods[0].String(), "sync periods, with commas between them")
	flag.DurationVar(&o.Scrape, "scrape", o.Scrape, "scrape interval of Prometheus")
	flag.DurationVar(&o.Span, "span", o.Span, "how long each arm is measured with each period and load, rounded up to whole periods; the idle cluster before it at most 2m")
	flag.IntVar(&o.Metrics, "metrics", o.Metrics, "number of distinct metrics")
	flag.IntVar(&o.Namespaces, "namespaces", o.Namespaces, "number of namespaces")
	flag.IntVar(&o.Pods, "pods", o.Pods, "number of pods of each Deployment")
	loads := flag.String("load", string(o.Loads[0]), "loads, with commas between them: constant, moving (by 2 %) or stepping")
	flag.BoolVar(&o.Frozen, "frozen", o.Frozen, "write Deployments with ready pods instead of having kube-controller-manager create them; it stays stopped, so no rollouts and no HPAs")
	flag.BoolVar(&o.Steps, "steps", o.Steps, "measure the reaction to a load that doubles")
	flag.StringVar(&o.Profiles, "profiles", o.Profiles, "folder for CPU profiles of the API server and the autoscaler")
	flag.StringVar(&out.json, "json", "", "file for the report as JSON")
	flag.StringVar(&out.charts, "charts", "", "folder for the plots, as SVG")
	flag.StringVar(&out.page, "page", "", "page whose figures, between the markers, the report replaces")
	flag.StringVar(&out.from, "from", "", "do not measure: take the reports from these JSON files, with commas between them")
	flag.Usage = func() {
		_, _ = fmt.Fprintf(flag.CommandLine.Output(), `Usage: scale [flags]

The environment variable SECOND_ADAPTER names the binary of another metrics adapter. SECOND_ADAPTER_ARGS has its arguments, in
which these are replaced: %s.

`, scale.SecondAdapterPlaceholders)
		flag.PrintDefaults()
	}
	flag.Parse()
	o.Arms, o.Loads, o.Sizes, o.Periods = split(*arms), nil, nil, nil
	for _, text := range split(*loads) {
		o.Loads = append(o.Loads, scale.Shape(text))
	}
	for _, text := range split(*periods) {
		period, err := time.ParseDuration(text)
		if err != nil {
			return o, out, fmt.Errorf("-period %q: %w", *periods, err)
		}
		o.Periods = append(o.Periods, period)
	}
	for _, text := range split(*sizes) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return o, out, fmt.Errorf("-n %q: %w", *sizes, err)
		}
		o.Sizes = append(o.Sizes, n)
	}
	return o, out, nil
}

// split takes commas or blanks as separators.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// run writes what was measured also when a later arm failed.
func run(ctx context.Context, o scale.Options, out outputs) error {
	reports, err := measure(ctx, o, split(out.from))
	if len(reports) == 0 || len(reports[0].Results) == 0 {
		return err
	}
	for _, report := range reports {
		fmt.Println(report.Text())
	}
	if out.json != "" {
		err = errors.Join(err, writeJSON(out.json, reports[0]))
	}
	if out.charts != "" {
		err = errors.Join(err, scale.WriteCharts(out.charts, reports))
	}
	if out.page != "" {
		err = errors.Join(err, scale.UpdatePage(out.page, reports))
	}
	return err
}

// measure runs the benchmark, or reads the reports of earlier runs.
func measure(ctx context.Context, o scale.Options, from []string) ([]*scale.Report, error) {
	if len(from) == 0 {
		report, err := scale.Run(ctx, o)
		if report == nil {
			return nil, err
		}
		return []*scale.Report{report}, err
	}
	var reports []*scale.Report
	for _, path := range from {
		report, err := readJSON(path)
		if err != nil {
			return nil, fmt.Errorf("-from %s: %w", path, err)
		}
		reports = append(reports, report)
	}
	return reports, nil
}

func readJSON(path string) (*scale.Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return scale.ReadReport(file)
}

func writeJSON(path string, report *scale.Report) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(report.WriteJSON(file), file.Close())
}
