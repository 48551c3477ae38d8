package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"flyball.dev/flyball/sim/scoreboard"
)

func boundsFlags(flags *flag.FlagSet) (run func() error) {
	o := scoreboard.RandomOptions{Starts: []time.Duration{10 * time.Second, 30 * time.Second, 90 * time.Second, 5 * time.Minute}, Policies: []string{"recommended"}}
	flags.Uint64Var(&o.First, "first", 1_000_000, "The seed of the first load. Seeds below 1000000 are reserved for tuning.")
	flags.Uint64Var(&o.Loads, "loads", 1000, "The number of loads.")
	flags.StringVar(&o.Traces, "traces", "", "The directory of recorded loads, which run instead of random ones.")
	flags.Uint64Var(&o.Seeds, "seeds", 1, "The number of simulations of each load, whose means are compared.")
	flags.StringVar(&o.Metric, "metric", "", "The metric, rate or cpu; default both.")
	flags.DurationVar(&o.Longest, "longest", 0, "Cut the loads to this length; 0 for their whole length.")
	flags.DurationVar(&o.Lag, "lag", 0, "The lag of the metrics; 0 for the default.")
	flags.Func("starts", "The median start-up times, separated by commas; default 10s,30s,90s,5m.", func(text string) error {
		o.Starts = nil
		for part := range strings.SplitSeq(text, ",") {
			start, err := time.ParseDuration(part)
			if err != nil {
				return fmt.Errorf("%q is not a duration: use one such as 30s", part)
			}
			o.Starts = append(o.Starts, start)
		}
		return nil
	})
	flags.Func("policies", "The compared policies, separated by commas; default recommended.", func(text string) error {
		o.Policies = strings.Split(text, ",")
		return nil
	})
	flags.StringVar(&o.Store, "store", ".bin/random.jsonl", "The file that stores finished runs.")
	return func() error { return scoreboard.CompareRandom(&o, os.Stdout, os.Stderr) }
}
