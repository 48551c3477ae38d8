package scoreboard

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/sim/peers"
)

// The bounds that a run may not break, compared with the baseline's run on the same load: the ratio of pod-hours, and the increase of
// the share of the time with an SLO violation.
const (
	costBound    = 1.15
	serviceBound = 0.003
)

// pair is the runs of a policy on a load beside those of the baseline with the same metric, start-up time and seeds. Each total is the sum
// over the seeds, so that the pair compares means: of two runs of the baseline with different seeds, one is often later by more than
// the bound.
type pair struct{ own, base *total }

// total is a sum over the seeds, with the row of each seed.
type total struct {
	Row
	seeds []*Row
}

func (t *total) add(r *Row) {
	t.Seconds += r.Seconds
	t.PodHours += r.PodHours
	t.SLOViolationSeconds += r.SLOViolationSeconds
	t.seeds = append(t.seeds, r)
}

func (p pair) cost() float64 { return ratio(p.own.PodHours, p.base.PodHours) }

func (p pair) later() float64 {
	return (p.own.SLOViolationSeconds - p.base.SLOViolationSeconds) / max(1, p.own.Seconds)
}

// laterError returns the standard error of later over the seeds; NaN with one seed. Both policies have the same arrivals and start-up times
// with a seed, so it is that of the differences.
func (p pair) laterError() float64 {
	n := len(p.own.seeds)
	if n < 2 || n != len(p.base.seeds) {
		return math.NaN()
	}
	squares := 0.0
	for i, own := range p.own.seeds {
		off := pair{&total{Row: *own}, &total{Row: *p.base.seeds[i]}}.later() - p.later()
		squares += off * off
	}
	return math.Sqrt(squares / float64(n-1) / float64(n))
}

// baseLater returns by how much the baseline is later with one half of its seeds than with the other; NaN with one seed.
func (p pair) baseLater() float64 {
	n := len(p.base.seeds)
	if n < 2 {
		return math.NaN()
	}
	var halves [2]total
	for i, r := range p.base.seeds[:n-n%2] {
		halves[i%2].add(r)
	}
	return math.Abs(pair{&halves[0], &halves[1]}.later())
}

func (p pair) isCostly() bool { return p.cost() > costBound }
func (p pair) isLate() bool   { return p.later() > serviceBound }

// run identifies the runs of a policy apart from their seeds.
type run struct {
	load   string
	metric peers.Metric
	start  time.Duration
	policy string
}

// pairs returns the pairs of each policy but the baseline, in the order of the rows.
func pairs(rows []Row) (policies []string, found map[string][]pair) {
	sums, order := map[run]*total{}, []run(nil)
	for i := range rows {
		r := &rows[i]
		key := run{r.Load, r.Metric, r.Start, r.Policy}
		sum := sums[key]
		if sum == nil {
			sum = &total{Row: Row{Load: r.Load, Policy: r.Policy, Metric: r.Metric, Start: r.Start}}
			sums[key], order = sum, append(order, key)
		}
		sum.add(r)
	}
	found = map[string][]pair{}
	for _, key := range order {
		name := key.policy
		own := sums[key]
		key.policy = baseline
		if base := sums[key]; name != baseline && base != nil {
			if found[name] == nil {
				policies = append(policies, name)
			}
			found[name] = append(found[name], pair{own, base})
		}
	}
	return policies, found
}

// BoundsTable returns tables for each policy: its worst runs and the share of runs that break a bound, each of these with the noise of
// its pair, the distribution, the sums, relative to the baseline, and how much of a clairvoyant's gain it reaches.
func BoundsTable(rows []Row, optima Optima) string {
	var p strings.Builder
	policies, found := pairs(rows)
	p.WriteString("| policy | runs | beyond a bound | pod-hours > ×1.15 | later by > 0.3 % | most pod-hours | latest |\n|---|---|---|---|---|---|---|\n")
	for _, name := range policies {
		worst(&p, name, found[name])
	}
	noise(&p, policies, found)
	p.WriteString("\n| policy | pod-hours: median, 90 %, 99 % | later: median, 90 %, 99 % |\n|---|---|---|\n")
	for _, name := range policies {
		costs, laters := quantiles(found[name], pair.cost), quantiles(found[name], pair.later)
		fmt.Fprintf(&p, "| `%s` | ×%.3f, ×%.3f, ×%.3f | %+.3f %%, %+.3f %%, %+.3f %% |\n", name,
			costs[0], costs[1], costs[2], 100*laters[0], 100*laters[1], 100*laters[2])
	}
	p.WriteString("\n| policy | SLO violation | pod-hours | changes | flaps |\n|---|---|---|---|---|\n")
	for _, c := range Compare(rows, baseline) {
		fmt.Fprintf(&p, "| `%s` | ×%.3f | ×%.3f | ×%.3f | ×%.3f |\n", c.Policy, c.Violation, c.Cost, c.Change, c.Flap)
	}
	optima.table(&p, rows)
	return p.String()
}

// noise writes the runs beyond a bound with the noise of each pair, and how often the baseline is later than itself.
func noise(p *strings.Builder, policies []string, found map[string][]pair) {
	p.WriteString("\n| beyond a bound | pod-hours | later, ± the standard error over the seeds | `" + baseline + "` later with half of its seeds |\n|---|---|---|---|\n")
	for _, name := range policies {
		later := 0
		for _, one := range found[name] {
			if one.baseLater() > serviceBound {
				later++
			}
			if one.isCostly() || one.isLate() {
				fmt.Fprintf(p, "| `%s`: %s | ×%.3f | %+.3f %% ± %.3f %% | %.3f %% |\n", name, one.own.label(), one.cost(),
					100*one.later(), 100*one.laterError(), 100*one.baseLater())
			}
		}
		fmt.Fprintf(p, "| `%s`: all runs | | | > 0.3 %% in %d of %d |\n", name, later, len(found[name]))
	}
}

// worst writes the row of a policy.
func worst(p *strings.Builder, name string, all []pair) {
	costly, late, beyond := 0, 0, 0
	for _, one := range all {
		if one.isCostly() {
			costly++
		}
		if one.isLate() {
			late++
		}
		if one.isCostly() || one.isLate() {
			beyond++
		}
	}
	most := slices.MaxFunc(all, func(a, b pair) int { return cmp.Compare(a.cost(), b.cost()) })
	latest := slices.MaxFunc(all, func(a, b pair) int { return cmp.Compare(a.later(), b.later()) })
	fmt.Fprintf(p, "| `%s` | %d | %.2f %% | %d | %d | ×%.3f, %s | %+.3f %%, %s |\n", name, len(all),
		percentOf(beyond, len(all)), costly, late, most.cost(), most.own.label(), 100*latest.later(), latest.own.label())
}

func percentOf(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }

func (r *Row) label() string { return fmt.Sprintf("`%s` by %s, start %s", r.Load, r.Metric, r.Start) }

// quantiles returns the median, the 90th and the 99th percentile.
func quantiles(all []pair, value func(pair) float64) [3]float64 {
	var values []float64
	for _, one := range all {
		values = append(values, value(one))
	}
	slices.Sort(values)
	quantile := func(share float64) float64 { return values[min(len(values)-1, int(share*float64(len(values))))] }
	return [3]float64{quantile(0.5), quantile(0.9), quantile(0.99)}
}
