package scoreboard

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// baseline is the policy that the others are compared with.
const baseline = "hpa"

// board holds the loads and the rows of all parts.
type board struct {
	loads  []Load
	absent []string
	// unfinished are policies with unfinished runs.
	unfinished []string

	// main is every policy on the standard grid. sweep is many tunings of upstream's controller, with a start-up time of 30
	// seconds, and one seed. harsh is every policy on a plant with more disturbances. late is every
	// policy, and upstream's controller without stabilization, on a steady load with late metrics; fault is every policy on one
	// with faulty metrics.
	main, sweep, harsh, late, fault []Row
	// ablation is the recommended profile without single parts, on the grid of sweep.
	ablation []Row
}

// part is a grid and the destination of its rows.
type part struct {
	name string
	grid *Grid
	rows *[]Row
	// known are the probes, where they have run; nil before.
	known map[string]string
}

func (b *board) parts() []part {
	main := Standard(b.loads, policies())
	main.Seeds = main.Seeds[:1]
	sweep := Standard(b.loads, tunings())
	sweep.Starts, sweep.Seeds = sweep.Starts[1:2], sweep.Seeds[:1]
	ablation := *sweep
	ablation.Policies = ablations()
	harsh := Standard(b.loads, policies())
	harsh.Starts, harsh.Seeds, harsh.Plant = sweep.Starts, sweep.Seeds, harshPlant()
	late := Standard([]Load{steady()}, append(policies(), windowless()))
	late.Metrics, late.Starts = []peers.Metric{peers.CPU}, sweep.Starts
	late.Plant.Metrics.Lag = 2 * time.Minute
	return []part{
		{name: "main", grid: main, rows: &b.main},
		{name: "sweep", grid: sweep, rows: &b.sweep},
		{name: "ablation", grid: &ablation, rows: &b.ablation},
		{name: "harsh", grid: harsh, rows: &b.harsh},
		{name: "late", grid: late, rows: &b.late},
		{name: "fault", grid: faultGrid(sweep.Starts), rows: &b.fault},
	}
}

// firstWeeks returns the loads, each cut to its first week, so that a rerun takes less than an hour.
func firstWeeks(loads []Load) []Load {
	loads = slices.Clone(loads)
	for i := range loads {
		loads[i].Length = min(loads[i].Length, 7*24*time.Hour)
	}
	return loads
}

// run runs unfinished cases, of all parts or of one.
func (b *board) run(stored *store, only string, progress io.Writer, now func() time.Time) error {
	for _, p := range b.parts() {
		if only != "" && p.name != only {
			continue
		}
		if err := p.run(stored, progress, now); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) run(stored *store, progress io.Writer, now func() time.Time) error {
	probes, err := p.probes()
	if err != nil {
		return err
	}
	cases := p.grid.Cases()
	keyAt := func(i int) key { return keyOf(p.name, probes[cases[i].Policy.Name], &cases[i]) }
	var todo []Case
	for i := range cases {
		if _, done := stored.rows[keyAt(i)]; !done {
			todo = append(todo, cases[i])
		}
	}
	began := now()
	var storeErr error
	_, err = Run(todo, func(done, of int, r *Row) {
		storeErr = errors.Join(storeErr, stored.put(p.name, probes[r.Policy], r))
		left := time.Duration(float64(now().Sub(began)) / float64(done) * float64(of-done))
		_, _ = fmt.Fprintf(progress, "\r%s: %d of %d, %s left\x1b[K", p.name, done, of, left.Round(time.Second))
	})
	_, _ = fmt.Fprintln(progress) // progress is informational
	for i := range cases {
		*p.rows = append(*p.rows, stored.rows[keyAt(i)])
	}
	return errors.Join(err, storeErr)
}

// load takes the stored rows of finished policies, and lists the others.
func (b *board) load(stored *store) error {
	for _, p := range b.parts() {
		unfinished, err := p.load(stored)
		if err != nil {
			return err
		}
		b.unfinished = append(b.unfinished, unfinished...)
	}
	return nil
}

func (p *part) load(stored *store) (unfinished []string, err error) {
	probes, err := p.probes()
	if err != nil {
		return nil, err
	}
	rows, left := map[string][]Row{}, map[string]bool{}
	cases := p.grid.Cases()
	for i := range cases {
		policy := cases[i].Policy.Name
		row, done := stored.rows[keyOf(p.name, probes[policy], &cases[i])]
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

// probes progress, by a few short runs of each policy, whether it still does what it did when a row was stored.
func (p *part) probes() (map[string]string, error) {
	if p.known != nil {
		return p.known, nil
	}
	short := *p.grid
	short.Loads, short.Starts, short.Seeds = nil, p.grid.Starts[:1], p.grid.Seeds[:1]
	for _, l := range Shapes() {
		if slices.Contains([]string{"step", "noise", "onoff", "spikes"}, l.Name) {
			short.Loads = append(short.Loads, l)
		}
	}
	rows, err := Run(short.Cases(), nil)
	if err != nil {
		return nil, err
	}
	of := map[string][]sim.Scores{}
	for _, r := range rows {
		of[r.Policy] = append(of[r.Policy], r.Scores)
	}
	probes := map[string]string{}
	for policy, rows := range of {
		probes[policy] = fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, rows)))[:12]
	}
	return probes, nil
}

// policies are the policies of the scoreboard.
func policies() []Policy {
	var all []Policy
	for _, n := range peers.All() {
		all = append(all, Peer(n))
	}
	return all
}

// tunings are upstream's controller with other targets, stabilization windows and scale-down policies.
func tunings() []Policy {
	var all []Policy
	descents := []struct {
		name string
		down []engine.RatePolicy
	}{{"", nil}, {", 10%/min down", []engine.RatePolicy{{Percent: true, Value: 10, Period: time.Minute}}}}
	for _, times := range []float64{0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2} {
		for _, window := range []time.Duration{-1, time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute} {
			for _, descent := range descents {
				t := peers.Tuning{TargetTimes: times, Window: window, Down: descent.down}
				all = append(all, Engine(
					fmt.Sprintf("target ×%g, window %s%s", times, max(0, window), descent.name),
					func(g peers.Goal) *engine.Spec { return peers.TunedHPA(g, t) },
				))
			}
		}
	}
	return all
}

// windowless is upstream's controller without stabilization, which oscillates with late metrics.
func windowless() Policy {
	return Engine("hpa without a window", func(g peers.Goal) *engine.Spec { return peers.TunedHPA(g, peers.Tuning{Window: -1}) })
}

// steady is a load that steps once and is then constant, with noise.
func steady() Load {
	return Load{
		Name: "steady", Begin: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Length: 24 * time.Hour, High: 1, StepAt: time.Hour,
		New: func(seed uint64) load.Load {
			return load.Noise(load.Step(0.4, 0.7, time.Hour), 0.05, time.Minute, seed)
		},
	}
}

// harshPlant has late nodes, pods that fail, warm up and drain, and metrics with noise, loss and lag.
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
