package scoreboard

import (
	"fmt"
	"strings"
)

const halvesText = `Flyball's profiles were tuned on the first half, which is every second load of the table below, and not on the second half. A cell shows SLO
violation · pod-hours · changes · flaps, relative to ` + "`hpa`" + `.

| policy | first half | second half |
|---|---|---|
`

// halves writes a table with a row for each policy and a column for each half of the loads.
func (b *board) halves(p *strings.Builder) {
	var sides [2]Comparisons
	for i := range sides {
		within := map[string]bool{}
		for _, l := range Half(b.loads, i == 0) {
			within[l.Name] = true
		}
		var rows []Row
		for _, r := range b.main {
			if within[r.Load] {
				rows = append(rows, r)
			}
		}
		sides[i] = Compare(rows, baseline)
	}
	if len(sides[0]) != len(sides[1]) {
		return // a single load has no second half
	}
	p.WriteString(halvesText)
	for i := range sides[0] {
		fmt.Fprintf(p, "| `%s` | %s | %s |\n", sides[0][i].Policy, ratios(&sides[0][i]), ratios(&sides[1][i]))
	}
	p.WriteString("\n")
}

func ratios(c *Comparison) string {
	return fmt.Sprintf("×%.2f · ×%.3f · ×%.2f · ×%.2f", c.Violation, c.Cost, c.Change, c.Flap)
}
