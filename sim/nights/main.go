// Command nights runs random batch nights, and those of a grid's job log where that is at hand, through all policies, and
// writes docs/batch.md with its pictures.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/night"
)

func main() {
	var o options
	flag.StringVar(&o.traces, "traces", "../shared/traces", "The folder of the recorded loads, for the nights of the grid.")
	flag.StringVar(&o.docs, "docs", "docs", "The folder that batch.md goes to, and its pictures to images below it.")
	flag.Uint64Var(&o.first, "first", 1000, "The seed of the first night. What is tuned is tuned on nights before 1000.")
	flag.Uint64Var(&o.nights, "nights", 1000, "How many random nights.")
	flag.Parse()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "nights:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	traces, docs  string
	first, nights uint64
}

func (o *options) run() error {
	b := board{first: o.first, nights: o.nights, sums: compare(o.first, o.nights)}
	text, err := os.ReadFile(filepath.Join(o.traces, "lcg_batch_jobs_1m.csv"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		fmt.Fprintln(os.Stderr, "the grid's job log is not in "+o.traces+", and is left out")
	case err != nil:
		return err
	default:
		trace, err := load.ParseTrace(string(text))
		if err != nil {
			return fmt.Errorf("the grid's job log: %w", err)
		}
		b.grid = gridRows(night.GridNights(trace, 1))
	}
	return b.write(o.docs)
}

// compare runs the nights, on two processors where there are two.
func compare(first, nights uint64) []night.Sum {
	policies := night.Policies()
	const workers = 2
	var parts [workers][]night.Sum
	var all sync.WaitGroup
	for w := range parts {
		parts[w] = make([]night.Sum, len(policies))
		all.Go(func() {
			for seed := first + uint64(w); seed < first+nights; seed += workers {
				n := night.NewRandom(seed)
				night.Compare(&n, policies, parts[w])
			}
		})
	}
	all.Wait()
	sums := parts[0]
	for i := range sums {
		sums[i].Merge(&parts[1][i])
	}
	return sums
}

// write makes the page and its pictures.
func (b *board) write(docs string) error {
	images := filepath.Join(docs, "images")
	if err := os.MkdirAll(images, 0o755); err != nil {
		return err
	}
	for name, draw := range map[string]func() (string, error){"batch-nights.svg": b.costs, "batch-night.svg": oneNight} {
		svg, err := draw()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(images, name), []byte(svg), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(docs, "batch.md"), []byte(b.page()), 0o644)
}
