package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"flyball.dev/flyball/sim/load"
)

// randomOptions are the flags of random loads.
type randomOptions struct {
	first, loads uint64
	dir          string
}

func randomFlags(flags *flag.FlagSet) (write func() error) {
	var o randomOptions
	flags.Uint64Var(&o.first, "first", 0, "The seed of the first load.")
	flags.Uint64Var(&o.loads, "loads", 10, "The number of loads: one for each of the next seeds.")
	flags.StringVar(&o.dir, "dir", "", "The directory in which each load is written as random_SEED_FAMILY_5s.csv. Empty to list the loads only.")
	return o.run
}

// run lists the loads, and writes them.
func (o *randomOptions) run() error {
	if o.dir != "" {
		if err := os.MkdirAll(o.dir, 0o755); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(os.Stdout)
	for seed := o.first; seed-o.first < o.loads; seed++ {
		r := load.NewRandom(seed)
		_, _ = fmt.Fprintf(out, "%d\t%s\t%s\t%s\n", r.Seed, r.Family, r.Length, parameters(r)) // Flush returns the error
		if o.dir != "" {
			if err := writeLoad(filepath.Join(o.dir, fmt.Sprintf("random_%d_%s_5s.csv", r.Seed, r.Family)), r); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// parameters returns the parameters of a load with their ranges.
func parameters(r *load.Random) string {
	var texts []string
	for _, p := range r.Parameters {
		if p.High == 0 {
			texts = append(texts, p.Name+":") // a part of a mixed load
			continue
		}
		texts = append(texts, fmt.Sprintf("%s %.3g (%g to %g)", p.Name, p.Value, p.Low, p.High))
	}
	return strings.Join(texts, ", ")
}

func writeLoad(path string, r *load.Random) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	monday := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	return errors.Join(load.WriteCSV(file, r, monday, r.Length, load.RandomStep), file.Close())
}
