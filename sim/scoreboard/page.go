package scoreboard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/sim/peers"
)

// page is docs/scoreboard.md.
func (b *board) page() string {
	var p strings.Builder
	p.WriteString(intro)
	if len(b.absent) > 0 {
		fmt.Fprintf(&p, "Not there when this was written, and left out: %s.\n\n", strings.Join(b.absent, ", "))
	}
	if len(b.unfinished) > 0 {
		fmt.Fprintf(&p, "Not done when this was written, and left out: %s.\n\n", strings.Join(b.unfinished, ", "))
	}
	p.WriteString("## All loads together\n\n" + standard)
	sums(&p, b.main)
	b.wanted(&p)
	p.WriteString("\n" + measuresText)
	b.measures(&p)
	p.WriteString("\n")
	b.halves(&p)
	p.WriteString("## By load\n\n" + byLoad)
	b.loadTables(&p)
	p.WriteString("\n## After a step\n\n" + stepText)
	b.stepTable(&p)
	p.WriteString("\n## The frontier of tuned HPAs\n\n" + frontierText + "\n![Tuned HPAs and all policies: late against cost](images/frontier.svg)\n\n")
	b.nearest(&p)
	p.WriteString("\n## Damping without each of its parts\n\n" + ablationText)
	b.ablationTable(&p)
	p.WriteString("\n## On harsher ground\n\n" + harshText)
	sums(&p, b.harsh)
	p.WriteString("\n## On a steady load that is seen late\n\n" + lateText)
	b.lateTable(&p)
	p.WriteString("\n## On a metric that lies\n\n" + lieText)
	b.lieTable(&p)
	p.WriteString(origins)
	return p.String()
}

const intro = `# Scoreboard

Written by ` + "`make scoreboard`" + `, which runs every policy over every load and can be stopped and started again. Do not edit it.
[simulator.md](simulator.md) says what is simulated, what the [scores](simulator.md#scores) mean, and what the
[peers' policies](simulator.md#peers) are. Every policy is asked for the same: pods that are 70 % busy, from 2 to 200 of them.
Each load is scaled so that its 99.9th percentile takes 60 pods at that, and comes in as a Poisson process.

`

const standard = `The plant is the [default one](examples/plant.yaml), with pods that take 10, 30 and 90 seconds to start; each policy follows the
rate, and then the pods' CPU; seeds 1, 2 and 3. A cell is the sum of all runs and, behind the ×, its ratio to ` + "`hpa`" + `'s. The last two
columns name the load on which the policy has the most pod-hours beside ` + "`hpa`" + `, and that on which it is late for the greatest
share of the time beyond ` + "`hpa`" + `'s.

`

const measuresText = `The other measures are means over all runs, weighed by their time; reversals and churn are by the day.

| policy | late | pod-hours, by the clairvoyant's | reversals | churn | θU | θO | τU | τO | υ |
|---|---|---|---|---|---|---|---|---|---|
`

const byLoad = `A cell is the share of the time in which work waits too long · pod-hours by those of the clairvoyant · changes a day · flaps a day,
over both metrics, all starts and all seeds. Traces with steps of 5 minutes and more are played twice: held, and interpolated.

`

const stepText = `The load named step goes from 15 pods' work to 60 pods' at once. A cell is the median, over seeds, of how long it takes until the ready
pods have settled and, behind the ·, of how far they overshoot, in percent of the way.

`

const frontierText = `Each grey point is ` + "`autoscaling/v2`" + ` with another target (0.85 to 1.2 times as high), stabilisation window (0 to 15 minutes) and descent (at
once, or 10 % a minute); the line joins those that no other one beats on both scores. All are on pods that start in 30 seconds, seed 1,
both metrics, and all loads of at most a month. Left and down is better. What is late for more than three times as long as ` + "`hpa`" + ` is beyond the edge.
`

const harshText = `Nodes of 10 pods come after a median of 90 seconds; pods warm up for a minute from half their rate, drain for 30 seconds and fail every other
day; scrapes are every 30 seconds, 30 seconds late, over windows of two minutes, with 3 % of noise, and 2 % of them are lost. Starts of
30 seconds, seed 1.

`

const lateText = `A load that steps once, from 24 pods' work to 42, and then stays but for 5 % of noise each minute, for a day; the pods' CPU is known two
minutes late. Starts of 30 seconds, three seeds. Who scales by what was, and forgets what he has done since, hunts.

| policy | reversals an hour | changes an hour | late | pod-hours, by the clairvoyant's |
|---|---|---|---|---|
`

const origins = `
## The loads

Shapes are in [simulator.md](simulator.md#load). Traces are not part of this repository; ` + "`make scoreboard TRACES=folder`" + ` leaves out those
that are not there.

| trace | is | from | licence |
|---|---|---|---|
| crane_diurnal_1m, crane_peaky_1m, crane_rare_bursts_1m | CPU of production applications, 14 days each | test data of gocrane/crane | Apache-2.0 |
| nasa_http_1m | requests to a web server, 14 days of July 1995 | Internet Traffic Archive | free, with attribution |
| nab_elb_requests_5m, nab_twitter_amzn_5m | requests to a load balancer, 14 days; tweets that name a shop, 55 days | Numenta Anomaly Benchmark | MIT |
| azure_llm_conv_10s | requests to a language model, an hour of November 2023 | AzurePublicDataset | CC-BY-4.0 |
| wikipedia_60m | page requests, 62 days | examples of LIMBO | EPL-1.0 |
| lcg_batch_jobs_1m | jobs of a computing grid, 11 days of November 2005 | Parallel Workloads Archive (Hui Li, D. Feitelson) | free, with acknowledgement |
`

// sums is the table of all rows together.
func sums(p *strings.Builder, rows []Row) {
	p.WriteString("| policy | SLO violation, hours | pod-hours | changes | flaps | most pods | most late |\n|---|---|---|---|---|---|---|\n")
	for _, c := range Compare(rows, baseline) {
		fmt.Fprintf(p, "| `%s` | %.0f ×%.2f | %.0f ×%.3f | %d ×%.2f | %d ×%.2f | ×%.2f %s | %+.1f %% %s |\n", c.Policy,
			c.SLOViolationSeconds/time.Hour.Seconds(), c.Violation, c.PodHours, c.Cost, c.Changes, c.Change, c.Flaps, c.Flap,
			c.MostPods.Value, c.MostPods.Load, 100*c.MostLate.Value, c.MostLate.Load)
	}
}

// measures is a row for each policy.
func (b *board) measures(p *strings.Builder) {
	for _, c := range Compare(b.main, baseline) {
		var late, thetaU, thetaO, tauU, tauO, instability float64
		for i := range b.main {
			if r := &b.main[i]; r.Policy == c.Policy {
				share := r.Seconds / c.Seconds
				late += r.LateShare * share
				thetaU, thetaO = thetaU+r.ThetaU*share, thetaO+r.ThetaO*share
				tauU, tauO, instability = tauU+r.TauU*share, tauO+r.TauO*share, instability+r.Instability*share
			}
		}
		days := c.Seconds / (24 * time.Hour).Seconds()
		fmt.Fprintf(p, "| `%s` | %.2f %% | %.2f | %.1f | %.0f | %.2f | %.1f | %.2f | %.1f | %.1f |\n", c.Policy, 100*late,
			c.PodHours/c.OptimalPodHours, float64(c.Reversals)/days, float64(c.Churn)/days, thetaU, thetaO, tauU, tauO, instability)
	}
}

// loadTables is a row for each load, and a column for each policy.
func (b *board) loadTables(p *strings.Builder) {
	var names []string
	for _, c := range Compare(b.main, baseline) {
		names = append(names, c.Policy)
	}
	p.WriteString("| load | `" + strings.Join(names, "` | `") + "` |\n|---|" + strings.Repeat("---|", len(names)) + "\n")
	for _, l := range b.loads {
		var rows []Row
		for i := range b.main {
			if b.main[i].Load == l.Name {
				rows = append(rows, b.main[i])
			}
		}
		p.WriteString("| " + l.Name)
		for _, c := range Compare(rows, baseline) {
			days := c.Seconds / (24 * time.Hour).Seconds()
			fmt.Fprintf(p, " | %.2f %% · %.2f · %.0f · %.1f", 100*c.SLOViolationSeconds/c.Seconds, c.PodHours/c.OptimalPodHours,
				float64(c.Changes)/days, float64(c.Flaps)/days)
		}
		p.WriteString(" |\n")
	}
}

// lateTable is a row for each policy.
func (b *board) lateTable(p *strings.Builder) {
	for _, c := range Compare(b.late, baseline) {
		hours := c.Seconds / time.Hour.Seconds()
		fmt.Fprintf(p, "| `%s` | %.2f | %.2f | %.2f %% | %.2f |\n", c.Policy, float64(c.Reversals)/hours, float64(c.Changes)/hours,
			100*c.SLOViolationSeconds/c.Seconds, c.PodHours/c.OptimalPodHours)
	}
}

// stepTable is a row for each policy, and a column for each metric and start.
func (b *board) stepTable(p *strings.Builder) {
	type column struct {
		metric peers.Metric
		start  time.Duration
	}
	var policies []string
	var columns []column
	of := map[string]map[column][]Row{}
	for _, r := range b.main {
		if r.Load != "step" {
			continue
		}
		at := column{r.Metric, r.Start}
		if of[r.Policy] == nil {
			policies, of[r.Policy] = append(policies, r.Policy), map[column][]Row{}
		}
		of[r.Policy][at] = append(of[r.Policy][at], r)
		if !slices.Contains(columns, at) {
			columns = append(columns, at)
		}
	}
	p.WriteString("| policy |")
	for _, c := range columns {
		fmt.Fprintf(p, " %s, %s |", c.metric, c.start)
	}
	p.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, policy := range policies {
		fmt.Fprintf(p, "| `%s` |", policy)
		for _, c := range columns {
			rows := of[policy][c]
			slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Settling, b.Settling) })
			settling := rows[len(rows)/2].Settling
			slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Overshoot, b.Overshoot) })
			fmt.Fprintf(p, " %s · %.0f %% |", settling, rows[len(rows)/2].Overshoot)
		}
		p.WriteString("\n")
	}
}
