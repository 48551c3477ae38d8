package scoreboard

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
)

// RandomOptions say what [CompareRandom] runs.
type RandomOptions struct {
	// First is the seed of the first load, and Loads the number of loads.
	First, Loads uint64
	// Traces is the directory of recorded loads, which run instead of random ones; empty for random loads.
	Traces string
	// Longest cuts the loads to a length; 0 for their whole length.
	Longest time.Duration
	// Starts are the median start-up times, and Lag the lag of the metrics; 0 for the default.
	Starts []time.Duration
	Lag    time.Duration
	// Metric is the metric; empty for all.
	Metric string
	// Seeds is the number of simulations of each load, on seeds from 1 on; 0 for one.
	Seeds uint64
	// Policies are the names of the compared policies.
	Policies []string
	// Store is the file of finished rows, as in [Options].
	Store string
}

// grid returns the grid of the options without loads.
func (o *RandomOptions) grid() (*Grid, error) {
	var policies []Policy
	for _, name := range append([]string{baseline}, o.Policies...) {
		p, found := peers.Find(name)
		if !found {
			return nil, fmt.Errorf("policy %q is unknown: see docs/simulator.md for the policies", name)
		}
		policies = append(policies, Peer(p))
	}
	g := Standard(nil, policies)
	g.Seeds, g.Starts = nil, o.Starts
	for seed := range max(1, o.Seeds) {
		g.Seeds = append(g.Seeds, seed+1)
	}
	if o.Metric != "" {
		g.Metrics = []peers.Metric{peers.Metric(o.Metric)}
		if !slices.Contains(peers.Metrics(), g.Metrics[0]) {
			return nil, fmt.Errorf("metric %q is unknown: use rate or cpu", o.Metric)
		}
	}
	if o.Lag > 0 {
		g.Plant.Metrics.Lag = o.Lag
	}
	return g, nil
}

// Random returns a random load, cut to a length; 0 for the whole.
func Random(r *load.Random, longest time.Duration) Load {
	return Load{
		Name: fmt.Sprintf("%d %s", r.Seed, r.Family), Begin: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Length: r.Length, High: 1,
		New: func(uint64) load.Load { return r },
	}.cut(longest)
}

// cut returns the load, cut to a length; 0 for the whole.
func (l Load) cut(longest time.Duration) Load {
	if longest > 0 {
		l.Length = min(l.Length, longest)
	}
	return l
}

// loads returns the number of loads, and a function that returns each.
func (o *RandomOptions) loads() (count uint64, nth func(i uint64) Load, err error) {
	if o.Traces == "" {
		return o.Loads, func(i uint64) Load { return Random(load.NewRandom(o.First+i), o.Longest) }, nil
	}
	all, absent, err := readRecords(os.DirFS(o.Traces), slices.Concat(records, furtherRecords))
	if err == nil && len(absent) > 0 {
		err = fmt.Errorf("%s has no traces %s", o.Traces, strings.Join(absent, ", "))
	}
	return uint64(len(all)), func(i uint64) Load { return all[i].cut(o.Longest) }, err
}

// CompareRandom runs the policies and the baseline over random or recorded loads, and writes how often they break the bounds, their worst
// loads, the sums, and the share of a clairvoyant's gain that they reach. One load is in memory at a time. A run that was interrupted continues from the store.
func CompareRandom(o *RandomOptions, out, progress io.Writer) error {
	g, err := o.grid()
	if err != nil {
		return err
	}
	stored, err := openStore(o.Store)
	if err != nil {
		return err
	}
	defer stored.close()
	var rows []Row
	p := part{name: fmt.Sprintf("random %s %s", o.Longest, o.Lag), grid: g, rows: &rows}
	if p.known, err = p.probes(); err != nil {
		return err
	}
	count, loadAt, err := o.loads()
	if err != nil {
		return err
	}
	optima := Optima{}
	for i := range count {
		g.Loads = []Load{loadAt(i)}
		if err := p.run(stored, io.Discard, func() time.Time { return time.Time{} }); err != nil {
			return err
		}
		optima.add(g.Cases())
		_, _ = fmt.Fprintf(progress, "\r%d of %d loads\x1b[K", i+1, count)
	}
	_, _ = fmt.Fprintln(progress)
	_, err = io.WriteString(out, BoundsTable(rows, optima))
	return err
}
