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
	flag.DurationVar(&o.Period, "period", o.Period, "sync period")
	flag.DurationVar(&o.Scrape, "scrape", o.Scrape, "scrape interval of Prometheus")
	flag.DurationVar(&o.Span, "span", o.Span, "how long each arm is measured, rounded up to whole periods, and the idle cluster before it")
	flag.IntVar(&o.Metrics, "metrics", o.Metrics, "number of distinct metrics")
	flag.IntVar(&o.Namespaces, "namespaces", o.Namespaces, "number of namespaces")
	flag.IntVar(&o.Pods, "pods", o.Pods, "number of pods of each Deployment")
	load := flag.String("load", string(o.Load), "load: constant, moving (by 2 %) or stepping")
	flag.BoolVar(&o.Steps, "steps", o.Steps, "measure the reaction to a load that doubles")
	flag.StringVar(&o.Profiles, "profiles", o.Profiles, "folder for CPU profiles of the API server and the autoscaler")
	flag.StringVar(&out.json, "json", "", "file for the report as JSON")
	flag.StringVar(&out.charts, "charts", "", "folder for the plots, as SVG")
	flag.StringVar(&out.page, "page", "", "page whose figures, between the markers, the report replaces")
	flag.StringVar(&out.from, "from", "", "do not measure: take the report from this JSON file")
	flag.Usage = func() {
		_, _ = fmt.Fprintf(flag.CommandLine.Output(), `Usage: scale [flags]

The environment variable SECOND_ADAPTER names the binary of another metrics adapter. SECOND_ADAPTER_ARGS has its arguments, in
which these are replaced: %s.

`, scale.SecondAdapterPlaceholders)
		flag.PrintDefaults()
	}
	flag.Parse()
	o.Arms, o.Load, o.Sizes = split(*arms), scale.Shape(*load), nil
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
	report, err := measure(ctx, o, out.from)
	if report == nil || len(report.Results) == 0 {
		return err
	}
	fmt.Print(report.Text())
	if out.json != "" {
		err = errors.Join(err, writeJSON(out.json, report))
	}
	if out.charts != "" {
		err = errors.Join(err, report.WriteCharts(out.charts))
	}
	if out.page != "" {
		err = errors.Join(err, report.UpdatePage(out.page))
	}
	return err
}

func measure(ctx context.Context, o scale.Options, from string) (*scale.Report, error) {
	if from == "" {
		return scale.Run(ctx, o)
	}
	file, err := os.Open(from)
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
