package scoreboard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"flyball.dev/flyball/sim/report"
)

// farthest is the highest ratio of SLO violation that the plot shows.
const farthest = 3

// compared are the tuned HPAs and, on the same runs, the named policies, compared with the baseline.
func (b *board) compared() (tuned, named Comparisons) {
	sweeps := map[string]bool{}
	for i := range b.sweep {
		sweeps[b.sweep[i].Policy] = true
	}
	for _, c := range Compare(slices.Concat(b.likeSweep(), b.sweep), baseline) {
		if sweeps[c.Policy] {
			tuned = append(tuned, c)
		} else {
			named = append(named, c)
		}
	}
	return tuned, named
}

// likeSweep are the rows of the main grid that belong to the grid of the sweep, too.
func (b *board) likeSweep() []Row {
	var rows []Row
	for i := range b.main {
		r := &b.main[i]
		if slices.ContainsFunc(b.sweep, func(s Row) bool { return s.Load == r.Load && s.Start == r.Start && s.Seed == r.Seed }) {
			rows = append(rows, *r)
		}
	}
	return rows
}

// front are the comparisons that no other one beats on SLO violation and pod-hours, ordered by pod-hours.
func front(all Comparisons) Comparisons {
	byCost := slices.Clone(all)
	slices.SortStableFunc(byCost, func(a, b Comparison) int {
		return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.Violation, b.Violation))
	})
	var best Comparisons
	for _, c := range byCost {
		if len(best) == 0 || c.Violation < best[len(best)-1].Violation {
			best = append(best, c)
		}
	}
	return best
}

// frontier is the plot.
func (b *board) frontier() *report.Scatter {
	tuned, named := b.compared()
	c := &report.Scatter{X: "pod-hours, relative to hpa", Y: "SLO violation, relative to hpa"}
	c.Sets = append(c.Sets, set("tuned HPAs", report.LoadColor, tuned, false), set("frontier of tuned HPAs", report.ReadyColor, front(tuned), false))
	c.Sets[1].Joined = true
	policies := set("policies", report.PolicyColor(0), named, true)
	c.Sets = append(c.Sets, policies)
	return c
}

func set(name string, color report.Color, of Comparisons, labelled bool) report.Set {
	s := report.Set{Name: name, Color: color}
	for _, c := range of {
		if c.Violation > farthest {
			continue
		}
		s.Points = append(s.Points, report.Point{X: c.Cost, Y: c.Violation})
		if labelled {
			s.Labels = append(s.Labels, c.Policy)
		}
	}
	return s
}

// nearest lists how many tuned HPAs beat each policy.
func (b *board) nearest(p *strings.Builder) {
	tuned, named := b.compared()
	p.WriteString("| on the frontier | SLO violation | pod-hours | changes | flaps |\n|---|---|---|---|---|\n")
	for _, c := range front(tuned) {
		fmt.Fprintf(p, "| %s | ×%.2f | ×%.3f | ×%.2f | ×%.2f |\n", c.Policy, c.Violation, c.Cost, c.Change, c.Flap)
	}
	p.WriteString("\n")
	for _, c := range named {
		both, calmer := 0, 0
		for _, t := range tuned {
			if t.Violation <= c.Violation && t.Cost <= c.Cost && (t.Violation < c.Violation || t.Cost < c.Cost) {
				both++
				if t.Change <= c.Change {
					calmer++
				}
			}
		}
		fmt.Fprintf(p, "- `%s` (×%.2f SLO violation, ×%.3f pod-hours, ×%.2f changes): ", c.Policy, c.Violation, c.Cost, c.Change)
		if both == 0 {
			p.WriteString("no tuned HPA is better on both SLO violation and pod-hours.\n")
		} else {
			fmt.Fprintf(p, "%d of %d tuned HPAs are better on both; %d of them also change less often.\n", both, len(tuned), calmer)
		}
	}
}
