// Command simdocs runs simulations and writes the documentation pages that report their results.
//
//	simdocs scoreboard    writes docs/scoreboard.md
//	simdocs batch-nights  writes docs/batch.md
//	simdocs random-loads  lists random loads, and writes them as traces
//	simdocs bounds        prints how often a policy breaks the bounds on random loads
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"flyball.dev/flyball/sim/scoreboard"
)

func main() {
	if len(os.Args) < 2 {
		fail("usage: simdocs scoreboard|batch-nights|random-loads|bounds [flags]")
	}
	flags := flag.NewFlagSet("simdocs "+os.Args[1], flag.ExitOnError)
	var write func() error
	switch os.Args[1] {
	case "scoreboard":
		write = scoreboardFlags(flags)
	case "batch-nights":
		write = batchFlags(flags)
	case "random-loads":
		write = randomFlags(flags)
	case "bounds":
		write = boundsFlags(flags)
	default:
		fail(fmt.Sprintf("page %q is unknown: use scoreboard, batch-nights, random-loads or bounds", os.Args[1]))
	}
	_ = flags.Parse(os.Args[2:]) // it exits on an error
	if err := write(); err != nil {
		fail(err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "simdocs:", message)
	os.Exit(1)
}

func scoreboardFlags(flags *flag.FlagSet) (write func() error) {
	var o scoreboard.Options
	pageFlags(flags, &o.Traces, &o.Docs, "scoreboard.md")
	flags.StringVar(&o.Store, "store", ".bin/scoreboard.jsonl", "The file that stores finished runs.")
	flags.StringVar(&o.Part, "part", "", "Run only this part, and write no page: main, sweep, ablation, harsh, late or fault.")
	flags.BoolVar(&o.OnlyFinished, "only-finished", false, "Run nothing. Write the page from finished runs, without policies that have unfinished ones.")
	return func() error { return scoreboard.Write(&o, os.Stderr, time.Now) }
}

func batchFlags(flags *flag.FlagSet) (write func() error) {
	var o batchOptions
	pageFlags(flags, &o.traces, &o.docs, "batch.md")
	flags.Uint64Var(&o.first, "first", 1000, "The seed of the first night. Seeds below 1000 are reserved for tuning.")
	flags.Uint64Var(&o.nights, "nights", 1000, "The number of random nights.")
	return o.run
}

// pageFlags defines the flags of both pages.
func pageFlags(flags *flag.FlagSet, traces, docs *string, page string) {
	flags.StringVar(traces, "traces", "../shared/traces", "The directory of recorded loads. Missing files are left out.")
	flags.StringVar(docs, "docs", "docs", "The directory of "+page+". Plots are written to its subdirectory images.")
}
