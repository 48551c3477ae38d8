package scoreboard

import (
	"fmt"
	"strings"
)

// targets writes the targets of the recommended profile relative to the baseline, and its results.
func (b *board) targets(p *strings.Builder) {
	for _, c := range Compare(b.main, baseline) {
		if c.Policy != "recommended" {
			continue
		}
		p.WriteString("\nTargets of `recommended` relative to `hpa`:\n\n| score | target | result | |\n|---|---|---|---|\n")
		for _, w := range []struct {
			what, form   string
			most, result float64
		}{
			{"SLO violation", "×%.2f", 0.35, c.Violation},
			{"pod-hours", "×%.3f", 1, c.Cost},
			{"changes", "×%.2f", 0.6, c.Change},
			{"flaps", "×%.2f", 0.35, c.Flap},
			{"pod-hours on the worst load", "×%.2f", 1.15, c.MostPods.Value},
			{"increase of SLO violation on the worst load", "%+.1f%%", 0.3, 100 * c.MostLate.Value},
		} {
			verdict := "missed"
			if w.result <= w.most {
				verdict = "met"
			}
			fmt.Fprintf(p, "| %s | at most "+w.form+" | "+w.form+" | %s |\n", w.what, w.most, w.result, verdict)
		}
	}
}
