package scoreboard

import (
	"fmt"
	"strings"
)

const halvesText = `What is our own was chosen by runs over the first half, which is every other load of the table below; the second half is what it had
not seen. SLO violation · pod-hours · changes · flaps, by those of ` + "`hpa`" + `.

| policy | first half | second half |
|---|---|---|
`

// halves is a row for each policy, and a column for each half of the loads.
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
		return // of a single load there is no other half
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
