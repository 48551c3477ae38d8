package scoreboard

import (
	"fmt"
	"strings"
)

// wanted says what the recommended profile should come to beside the baseline, and what it does.
func (b *board) wanted(p *strings.Builder) {
	for _, c := range Compare(b.main, baseline) {
		if c.Policy != "recommended" {
			continue
		}
		p.WriteString("\nWhat is wanted of `recommended`, beside `hpa`, and what it comes to:\n\n| | wanted | is | |\n|---|---|---|---|\n")
		for _, w := range []struct {
			what, form string
			most, is   float64
		}{
			{"SLO violation", "×%.2f", 0.35, c.Violation},
			{"pod-hours", "×%.3f", 1, c.Cost},
			{"changes", "×%.2f", 0.6, c.Change},
			{"flaps", "×%.2f", 0.35, c.Flap},
			{"pod-hours on any load", "×%.2f", 1.15, c.MostPods.Value},
			{"late for more of the time on any load", "%+.1f %%", 0.3, 100 * c.MostLate.Value},
		} {
			verdict := "not reached"
			if w.is <= w.most {
				verdict = "reached"
			}
			fmt.Fprintf(p, "| %s | at most "+w.form+" | "+w.form+" | %s |\n", w.what, w.most, w.is, verdict)
		}
	}
}
