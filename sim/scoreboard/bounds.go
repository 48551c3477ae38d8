package scoreboard

import (
	"cmp"
	"fmt"
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

// pair is a run of a policy beside the run of the baseline with the same load, metric, start-up time and seed.
type pair struct{ own, base *Row }

func (p pair) cost() float64 { return ratio(p.own.PodHours, p.base.PodHours) }

func (p pair) later() float64 {
	return (p.own.SLOViolationSeconds - p.base.SLOViolationSeconds) / max(1, p.own.Seconds)
}

// run identifies a run apart from its policy.
type run struct {
	load   string
	metric peers.Metric
	start  time.Duration
	seed   uint64
}

func runOf(r *Row) run { return run{r.Load, r.Metric, r.Start, r.Seed} }

// pairs returns the pairs of each policy but the baseline, in the order of the rows.
func pairs(rows []Row) (policies []string, found map[string][]pair) {
	base := map[run]*Row{}
	for i := range rows {
		if rows[i].Policy == baseline {
			base[runOf(&rows[i])] = &rows[i]
		}
	}
	found = map[string][]pair{}
	for i := range rows {
		r := &rows[i]
		if b := base[runOf(r)]; r.Policy != baseline && b != nil {
			if found[r.Policy] == nil {
				policies = append(policies, r.Policy)
			}
			found[r.Policy] = append(found[r.Policy], pair{r, b})
		}
	}
	return policies, found
}

// BoundsTable returns tables for each policy: its worst runs and the share of runs that break a bound, the distribution, and the
// sums, relative to the baseline.
func BoundsTable(rows []Row) string {
	var p strings.Builder
	policies, found := pairs(rows)
	p.WriteString("| policy | runs | beyond a bound | pod-hours > ×1.15 | later by > 0.3 % | most pod-hours | latest |\n|---|---|---|---|---|---|---|\n")
	for _, name := range policies {
		worst(&p, name, found[name])
	}
	p.WriteString("\n| policy | pod-hours: median, 90 %, 99 % | later: median, 90 %, 99 % |\n|---|---|---|\n")
	for _, name := range policies {
		costs, laters := quantiles(found[name], pair.cost), quantiles(found[name], pair.later)
		fmt.Fprintf(&p, "| `%s` | ×%.3f, ×%.3f, ×%.3f | %+.3f %%, %+.3f %%, %+.3f %% |\n", name,
			costs[0], costs[1], costs[2], 100*laters[0], 100*laters[1], 100*laters[2])
	}
	p.WriteString("\n| policy | SLO violation | pod-hours | changes | flaps | share of the possible saving |\n|---|---|---|---|---|---|\n")
	all := Compare(rows, baseline)
	for i := range all {
		c := &all[i]
		saving := ratio(all[0].PodHours-c.PodHours, all[0].PodHours-all[0].OptimalPodHours)
		fmt.Fprintf(&p, "| `%s` | ×%.3f | ×%.3f | ×%.3f | ×%.3f | %.0f %% |\n", c.Policy, c.Violation, c.Cost, c.Change, c.Flap, 100*saving)
	}
	return p.String()
}

// worst writes the row of a policy.
func worst(p *strings.Builder, name string, all []pair) {
	costly, late, beyond := 0, 0, 0
	for _, one := range all {
		isCostly, isLate := one.cost() > costBound, one.later() > serviceBound
		if isCostly {
			costly++
		}
		if isLate {
			late++
		}
		if isCostly || isLate {
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
