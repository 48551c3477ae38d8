package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	simbatch "flyball.dev/flyball/sim/batch"
	"flyball.dev/flyball/sim/load"
)

// batchOptions are the flags of the page of batch nights.
type batchOptions struct {
	traces, docs  string
	first, nights uint64
}

func (o *batchOptions) run() error {
	b := batchBoard{first: o.first, nights: o.nights, sums: compare(o.first, o.nights)}
	text, err := os.ReadFile(filepath.Join(o.traces, "lcg_batch_jobs_1m.csv"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		fmt.Fprintln(os.Stderr, "lcg_batch_jobs_1m.csv is not in "+o.traces+": left out")
	case err != nil:
		return err
	default:
		trace, err := load.ParseTrace(string(text))
		if err != nil {
			return fmt.Errorf("the grid's job log: %w", err)
		}
		b.grid = gridRows(simbatch.GridNights(trace, 1))
	}
	return b.write(o.docs)
}

// compare runs the nights in two goroutines.
func compare(first, nights uint64) []simbatch.Summary {
	policies := simbatch.Policies()
	const workers = 2
	var parts [workers][]simbatch.Summary
	var all sync.WaitGroup
	for w := range parts {
		parts[w] = make([]simbatch.Summary, len(policies))
		all.Go(func() {
			for seed := first + uint64(w); seed < first+nights; seed += workers {
				n := simbatch.NewRandomNight(seed)
				simbatch.Compare(&n, policies, parts[w])
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

// write writes the page and its plots.
func (b *batchBoard) write(docs string) error {
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
