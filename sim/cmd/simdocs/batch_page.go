package main

import (
	"fmt"
	"strings"

	simbatch "flyball.dev/flyball/sim/batch"
)

// batchBoard is what the page tells.
type batchBoard struct {
	first, nights uint64
	sums          []simbatch.Summary
	// grid is empty where the log was not at hand.
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

Written by ` + "`make batch-nights`" + `. Do not edit it. [Batch windows](batch-windows.md) says what a batch window is, and how it plans.

## Random nights

%d nights (seeds %d to %d) that were made up: windows of one to ten hours, work for 2 to 120 replicas, items of 2 seconds to 10
minutes with light and heavy tails, pods that take 5 seconds to 3 minutes to start. In half of them work comes in while the
window is open, in a third items become slower or faster on the way, in a fifth the metrics are dark for up to a quarter of an
hour, and in some there are not replicas enough whatever one does. The engine that decides is the controller's, each 15
seconds, on a backlog that is 15 seconds old; the first guess of the throughput is wrong by up to a factor of two. Workers that
are taken away finish what they have begun. The constants of the plan were chosen on nights of seeds below 1000.

A night can be on time where the fixed maximum is; the table is about those. *The least* is what nobody could do it for less
than: the work itself, and the start of the fewest replicas that could do it, by one who knows all. *Done* is how much of
the window it took, *changes* how often the count was changed in a night.

| policy | |
|---|---|
| batch window | as it is by default, with a throughput that is learned |
| batch, margin 0%% | without a margin |
| batch, stated | with a throughput that is stated: that of a usual night, wrong by up to a quarter |
| fixed maximum | all replicas there can be, for as long as the window is open |
| backlog, 5 each | an HPA by the backlog, which wants a replica for every 5 items |
| backlog, a tenth each | the same, for every so many items as a replica does in a tenth of the window |
| cron count | what a cron line of KEDA has for as long as the window is open: replicas for a usual night, and a fifth more |

`

func (b *batchBoard) randomTable(p *strings.Builder) {
	p.WriteString("| policy | nights late | items late | pod-hours | by the least | 95 % of nights within | peak, of the maximum | done | changes |\n")
	p.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for i := range b.sums {
		s := &b.sums[i]
		n := float64(max(1, s.Nights))
		fmt.Fprintf(p, "| %s | %d of %d | %d | %.0f | %.3f | %.2f | %.0f %% | %.0f %% | %.1f |\n",
			s.Name, s.Late, s.Nights, s.Items, s.Hours, s.Hours/s.Least, s.Cost(0.95), 100*s.Peaks/n, 100*s.Finishes/n, float64(s.Changes)/n)
	}
}

const pictures = `
A policy that leaves work undone costs less than the least. The cron count is late on the nights that are not usual, and paid for
until the window closes on the others. A backlog for each replica has no notion of time: with little of it for each, all replicas
that there can be run whatever time there is, and with more of it they become fewer the less is left, and the last of it is late. A
stated throughput is not looked at again, so it is late where items become slower on the way.

![Late nights against pod-hours](images/batch-nights.svg)

One night:

![What is left, and the replicas, over one night](images/batch-night.svg)

## Nights that cannot be on time

`

func (b *batchBoard) hopeless(p *strings.Builder) {
	s := &b.sums[0]
	fmt.Fprintf(p, "On %d nights even the fixed maximum was late. On %d of them the deadline was said to be at risk within the first tenth of the\n"+
		"window. On %d of the %d nights that were on time it was said, too, for a while.\n\n", s.Hopeless, s.Warned, s.False, s.Nights)
}

const gridText = `## Nights of a grid

Arrivals of a real job log, of the LCG grid in November 2005 (Parallel Workloads Archive: Hui Li, D. Feitelson), which is not part of this
repository. What comes from 06:00 waits until 22:00; what comes until 04:00 must be done by 06:00. The log tells when jobs came; how long
they take is drawn from a lognormal distribution with the log's mean of 441 seconds, cut at an hour as the log is. At most 600 workers, which
take about 45 seconds to start; ` + "`longestItem: 1h`" + `, and the rate of arrivals is measured.

`

func (b *batchBoard) gridTable(p *strings.Builder) {
	if len(b.grid) == 0 {
		p.WriteString("The log was not there when this was written.\n")
		return
	}
	p.WriteString("| policy | nights late | jobs late | done, hours after 22:00 | pod-hours | peak, mean and most | changes a night | nights said to be at risk |\n")
	p.WriteString("|---|---|---|---|---|---|---|---|\n")
	for i := range b.grid {
		g := &b.grid[i]
		n := float64(g.nights)
		fmt.Fprintf(p, "| %s | %d of %d | %d | %.2f | %.0f | %.0f, %d | %.0f | %d |\n",
			g.name, g.late, g.nights, g.items, g.finish/float64(max(1, g.done)), g.hours, g.peaks/n, g.most, float64(g.changes)/n, g.alarms)
	}
}

const limits = `
## What this does not show

A worker here finishes what it has begun when it is taken away; where pods are killed in the middle of an item, the item is done
twice. Items take what they take whoever works at them: a database that is the bottleneck is not simulated, and a plan would ask
for more replicas, which do not help. Nights are short of several targets that share nodes. Nobody took the longest item of the
random nights into account but by the default, which is five times the mean.
`
