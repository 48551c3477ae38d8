package main

import (
	"fmt"
	"strings"

	simbatch "flyball.dev/flyball/sim/batch"
)

// batchBoard holds the results of the page.
type batchBoard struct {
	first, nights uint64
	sums          []simbatch.Summary
	// grid is empty without the job log.
	grid []gridRow
}

// page is docs/batch.md.
func (b *batchBoard) page() string {
	var p strings.Builder
	fmt.Fprintf(&p, intro, b.nights, b.first, b.first+b.nights-1)
	b.randomTable(&p)
	p.WriteString(pictures)
	b.hopeless(&p)
	p.WriteString(gridText)
	b.gridTable(&p)
	p.WriteString(limits)
	return p.String()
}

const intro = `# Batch nights

` + "`make batch-nights`" + ` generates this page; do not edit it. [Batch windows](batch-windows.md) describes them and their plan.

## Random nights

%d random nights (seeds %d to %d). Windows are one to ten hours long. The work needs 2 to 120 replicas. Items take 2 seconds to 10 minutes, with
light and heavy tails, and pods start in 5 seconds to 3 minutes. In half of the nights more items arrive during the window. In a third the
duration of items changes during the window. In a fifth the metrics are unknown for up to 15 minutes. In some even the maximum of replicas is
too low. The engine of the controller decides every 15 seconds on a backlog that is 15 seconds old. Its first guess of the throughput is wrong
by up to a factor of two. Workers finish their current item when they are scaled in. The constants of the plan were tuned on nights with seeds
below 1000.

The table contains the nights on which the fixed maximum is on time. *Lower bound* is the cost of a schedule computed from all items in advance:
the work, and the start of the fewest replicas that can do it. *Done* is the used share of the window. *Changes* is the number of changes of the
replicas per night.

| policy | description |
|---|---|
| batch window | the default, with a learned throughput |
| batch, margin 0%% | without a margin |
| batch, stated | with a stated throughput: that of a usual night, with an error of up to 25%% |
| fixed maximum | the maximum of replicas for the whole window |
| backlog, 5 each | an HPA on the backlog with a target of 5 items per replica |
| backlog, a tenth each | an HPA on the backlog with a target of the items that a replica processes in a tenth of the window |
| cron count | a KEDA cron trigger for the whole window, with the replicas of a usual night plus 20%% |

`

func (b *batchBoard) randomTable(p *strings.Builder) {
	p.WriteString("| policy | nights late | items late | pod-hours | / lower bound | 95th percentile | peak / maximum | done | changes |\n")
	p.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for i := range b.sums {
		s := &b.sums[i]
		n := float64(max(1, s.Nights))
		fmt.Fprintf(p, "| %s | %d of %d | %d | %.0f | %.3f | %.2f | %.0f%% | %.0f%% | %.1f |\n",
			s.Name, s.Late, s.Nights, s.Items, s.Hours, s.Hours/s.Least, s.Cost(0.95), 100*s.Peaks/n, 100*s.Finishes/n, float64(s.Changes)/n)
	}
}

const pictures = `
A policy that leaves work undone costs less than the lower bound. The cron count is late on unusual nights, and pays for the whole window on the
others. A target of backlog per replica ignores the deadline: a small target runs all replicas however much time is left, and a large target
scales in as the backlog shrinks, so that the last items are late. A stated throughput is never corrected, so that nights are late on which items
become slower.

![Late nights against pod-hours](images/batch-nights.svg)

One night:

![Remaining items and replicas over one night](images/batch-night.svg)

## Nights that cannot be on time

`

func (b *batchBoard) hopeless(p *strings.Builder) {
	s := &b.sums[0]
	fmt.Fprintf(p, "On %d nights even the fixed maximum was late. On %d of them the batch window reported `DeadlineAtRisk` within the first tenth of the\n"+
		"window. On %d of the %d nights that were on time it reported the condition for some time.\n\n", s.Hopeless, s.Warned, s.False, s.Nights)
}

const gridText = `## Nights of a computing grid

Arrivals of a job log of the LCG grid in November 2005 (Parallel Workloads Archive: Hui Li, D. Feitelson), which is not part of this repository.
Jobs that arrive after 06:00 wait until 22:00. Jobs that arrive before 04:00 are due at 06:00. The log has no durations: they are drawn from a
lognormal distribution with the log's mean of 441 seconds and its maximum of an hour. At most 600 workers start in about 45 seconds.
` + "`longestItem`" + ` is ` + "`1h`" + `, and the rate of arrivals is measured.

`

func (b *batchBoard) gridTable(p *strings.Builder) {
	if len(b.grid) == 0 {
		p.WriteString("The log was missing when this page was generated.\n")
		return
	}
	p.WriteString("| policy | nights late | jobs late | done, hours after 22:00 | pod-hours | peak, mean and maximum | changes per night | nights with DeadlineAtRisk |\n")
	p.WriteString("|---|---|---|---|---|---|---|---|\n")
	for i := range b.grid {
		g := &b.grid[i]
		n := float64(g.nights)
		fmt.Fprintf(p, "| %s | %d of %d | %d | %.2f | %.0f | %.0f, %d | %.0f | %d |\n",
			g.name, g.late, g.nights, g.items, g.finish/float64(max(1, g.done)), g.hours, g.peaks/n, g.most, float64(g.changes)/n, g.alarms)
	}
}

const limits = `
## Limits

Workers finish their current item when they are scaled in. Where pods are killed during an item, the item runs twice. The duration of an item does
not depend on the number of workers: with a bottleneck such as a database, the plan would add replicas without effect. No other targets compete
for nodes. The random nights use the default of ` + "`longestItem`" + `, five times the mean.
`
