package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/experiment"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
	"flyball.dev/flyball/sim/score"
)

// baseline is the policy that all others are compared with.
const baseline = "hpa"

// board is what is run, and what came of it.
type board struct {
	loads  []experiment.Load
	absent []string
	// unfinished are policies of which something was left when the page was written.
	unfinished []string

	// main is every policy on the standard grid. sweep is many tunings of upstream's controller, on pods that start in 30
	// seconds, one seed, and loads of at most a month. harsh is every policy on a plant on which more goes wrong. late is every policy, and upstream's
	// controller without a window, on a steady load whose metric is late; lie is every policy on one whose metrics lie.
	main, sweep, harsh, late, lie []experiment.Row
	// ablation is the recommended profile without each of its parts, on the grid of sweep.
	ablation []experiment.Row
}

// part is one grid, and where its rows go.
type part struct {
	name string
	grid *experiment.Grid
	rows *[]experiment.Row
}

func (b *board) parts() []part {
	sweep := experiment.Standard(short(b.loads), tunings())
	sweep.Starts, sweep.Seeds = sweep.Starts[1:2], sweep.Seeds[:1]
	ablation := *sweep
	ablation.Policies = ablations()
	harsh := experiment.Standard(b.loads, policies())
	harsh.Starts, harsh.Seeds, harsh.Plant = sweep.Starts, sweep.Seeds, harshPlant()
	late := experiment.Standard([]experiment.Load{steady()}, append(policies(), windowless()))
	late.Metrics, late.Starts = []peers.Metric{peers.CPU}, sweep.Starts
	late.Plant.Metrics.Lag = 2 * time.Minute
	return []part{
		{"main", experiment.Standard(b.loads, policies()), &b.main},
		{"sweep", sweep, &b.sweep},
		{"ablation", &ablation, &b.ablation},
		{"harsh", harsh, &b.harsh},
		{"late", late, &b.late},
		{"lie", lying(sweep.Starts), &b.lie},
	}
}

// short are loads of at most a month, which many tunings can be tried on.
func short(loads []experiment.Load) []experiment.Load {
	return slices.DeleteFunc(slices.Clone(loads), func(l experiment.Load) bool { return l.Length > 31*24*time.Hour })
}

// play runs what is not done yet, of all parts or of one.
func (b *board) play(kept *store, only string, tell io.Writer, now func() time.Time) error {
	for _, p := range b.parts() {
		if only != "" && p.name != only {
			continue
		}
		if err := p.play(kept, tell, now); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) play(kept *store, tell io.Writer, now func() time.Time) error {
	probes, err := p.probes()
	if err != nil {
		return err
	}
	cases := p.grid.Cases()
	keyAt := func(i int) key { return keyOf(p.name, probes[cases[i].Policy.Name], &cases[i]) }
	var todo []experiment.Case
	for i := range cases {
		if _, done := kept.rows[keyAt(i)]; !done {
			todo = append(todo, cases[i])
		}
	}
	began := now()
	var unkept error
	_, err = experiment.Run(todo, func(done, of int, r *experiment.Row) {
		unkept = errors.Join(unkept, kept.put(p.name, probes[r.Policy], r))
		left := time.Duration(float64(now().Sub(began)) / float64(done) * float64(of-done))
		_, _ = fmt.Fprintf(tell, "\r%s: %d of %d, %s left\x1b[K", p.name, done, of, left.Round(time.Second))
	})
	_, _ = fmt.Fprintln(tell) // whoever does not see it misses nothing
	for i := range cases {
		*p.rows = append(*p.rows, kept.rows[keyAt(i)])
	}
	return errors.Join(err, unkept)
}

// take gives the board what is kept of policies that are done, and names the others.
func (b *board) take(kept *store) error {
	for _, p := range b.parts() {
		unfinished, err := p.take(kept)
		if err != nil {
			return err
		}
		b.unfinished = append(b.unfinished, unfinished...)
	}
	return nil
}

func (p *part) take(kept *store) (unfinished []string, err error) {
	probes, err := p.probes()
	if err != nil {
		return nil, err
	}
	rows, left := map[string][]experiment.Row{}, map[string]bool{}
	cases := p.grid.Cases()
	for i := range cases {
		policy := cases[i].Policy.Name
		row, done := kept.rows[keyOf(p.name, probes[policy], &cases[i])]
		rows[policy] = append(rows[policy], row)
		left[policy] = left[policy] || !done
	}
	for _, policy := range p.grid.Policies {
		if left[policy.Name] {
			unfinished = append(unfinished, fmt.Sprintf("%s (%s)", policy.Name, p.name))
			continue
		}
		*p.rows = append(*p.rows, rows[policy.Name]...)
	}
	return unfinished, nil
}

// probes tell, by a few short runs of each policy, whether it still does what it did when a row was kept.
func (p *part) probes() (map[string]string, error) {
	short := *p.grid
	short.Loads, short.Starts, short.Seeds = nil, p.grid.Starts[:1], p.grid.Seeds[:1]
	for _, l := range experiment.Shapes() {
		if slices.Contains([]string{"step", "noise", "onoff", "spikes"}, l.Name) {
			short.Loads = append(short.Loads, l)
		}
	}
	rows, err := experiment.Run(short.Cases(), nil)
	if err != nil {
		return nil, err
	}
	of := map[string][]score.Scores{}
	for _, r := range rows {
		of[r.Policy] = append(of[r.Policy], r.Scores)
	}
	probes := map[string]string{}
	for policy, rows := range of {
		probes[policy] = fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, rows)))[:12]
	}
	return probes, nil
}

// policies are those that are on the board.
func policies() []experiment.Policy {
	var all []experiment.Policy
	for _, n := range peers.All() {
		all = append(all, experiment.Peer(n))
	}
	return all
}

// tunings are upstream's controller as its users turn it: the target, the window of scale-down, and how fast that is.
func tunings() []experiment.Policy {
	var all []experiment.Policy
	descents := []struct {
		name string
		down []engine.RatePolicy
	}{{"", nil}, {", 10 %/min down", []engine.RatePolicy{{Percent: true, Value: 10, Period: time.Minute}}}}
	for _, times := range []float64{0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2} {
		for _, window := range []time.Duration{-1, time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute} {
			for _, descent := range descents {
				t := peers.Tuning{TargetTimes: times, Window: window, Down: descent.down}
				all = append(all, experiment.Engine(
					fmt.Sprintf("target ×%g, window %s%s", times, max(0, window), descent.name),
					func(g peers.Goal) *engine.Spec { return peers.TunedHPA(g, t) },
				))
			}
		}
	}
	return all
}

// windowless is upstream's controller without stabilisation, which is what hunts where a metric is late.
func windowless() experiment.Policy {
	return experiment.Engine("hpa without a window", func(g peers.Goal) *engine.Spec { return peers.TunedHPA(g, peers.Tuning{Window: -1}) })
}

// steady is a load that steps once and is then steady, but for a little noise.
func steady() experiment.Load {
	return experiment.Load{
		Name: "steady", Begin: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Length: 24 * time.Hour, High: 1, StepAt: time.Hour,
		New: func(seed uint64) load.Load {
			return load.Noise(load.Step(0.4, 0.7, time.Hour), 0.05, time.Minute, seed)
		},
	}
}

// harshPlant is one on which more goes wrong: capacity comes late, pods fail, warm up and drain, scrapes are lost and values are
// noisy and late.
func harshPlant() plant.Config {
	c := plant.Defaults()
	c.Pod.WarmUp, c.Pod.WarmFrom, c.Pod.Drain, c.Pod.FailsAfter = time.Minute, 0.5, 30*time.Second, 48*time.Hour
	c.Nodes = plant.Nodes{
		Pods: 10, Least: 2, Most: 40, Delay: plant.Duration{Median: 90 * time.Second, Sigma: 0.3}, Keep: 10 * time.Minute,
	}
	c.Metrics.Every, c.Metrics.Window, c.Metrics.Lag = 30*time.Second, 2*time.Minute, 30*time.Second
	c.Metrics.Noise, c.Metrics.Loss = 0.03, 0.02
	return c
}
