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
		fmt.Fprintf(&p, "Missing traces, left out: %s.\n\n", strings.Join(b.absent, ", "))
	}
	if len(b.unfinished) > 0 {
		fmt.Fprintf(&p, "Unfinished runs, left out: %s.\n\n", strings.Join(b.unfinished, ", "))
	}
	p.WriteString("## All loads together\n\n" + standard)
	sums(&p, b.main)
	b.targets(&p)
	p.WriteString("\n" + measuresText)
	b.measures(&p)
	p.WriteString("\n")
	p.WriteString("## By load\n\n" + byLoad)
	b.loadTables(&p)
	p.WriteString("\n## After a step\n\n" + stepText)
	b.stepTable(&p)
	p.WriteString("\n## Frontier of tuned HPAs\n\n" + frontierText + "\n![SLO violation against pod-hours of tuned HPAs and of all policies](images/frontier.svg)\n\n")
	b.nearest(&p)
	p.WriteString("\n## Damping without single parts\n\n" + ablationText)
	b.ablationTable(&p)
	p.WriteString("\n## On a harsh plant\n\n" + harshText)
	sums(&p, b.harsh)
	p.WriteString("\n## Steady load with late metrics\n\n" + lateText)
	b.lateTable(&p)
	p.WriteString("\n## Faulty metrics\n\n" + faultText)
	b.faultTable(&p)
	p.WriteString(origins)
	return p.String()
}

const intro = `# Scoreboard

` + "`make scoreboard`" + ` generates this page; do not edit it. It runs every policy over every load. [The simulator](simulator.md) describes the
simulation, the [scores](simulator.md#scores) and the [policies of other autoscalers](simulator.md#peers). Every policy has the same goal: a
utilization of 70% with 2 to 200 pods. Each load is scaled so that its 99.9th percentile needs 60 pods at this utilization, and arrives as a
Poisson process.

`

const standard = `The plant is the [default one](examples/plant.yaml) with median start-up times of 10, 30 and 90 seconds. Each policy runs on the rate and on the
pods' CPU, with one seed, for at most the first week of each load. A cell is the sum of all runs, followed by its ratio to ` + "`hpa`" + `. The last two columns show the worst load of
the policy: that with the highest ratio of pod-hours to ` + "`hpa`" + `, and that with the largest increase of the share of time with an SLO violation.

`

const measuresText = `The other scores are means over all runs, weighted by their length. Reversals and churn are per day.

| policy | late work | pod-hours / optimum | reversals | churn | θU | θO | τU | τO | υ |
|---|---|---|---|---|---|---|---|---|---|
`

const byLoad = `A cell is the share of time with an SLO violation · pod-hours / optimum · changes per day · flaps per day, over both metrics and all start-up
times. Traces with a step of 5 minutes or more run twice: with held and with interpolated values.

`

const stepText = `The load ` + "`step`" + ` rises at once from 15 to 60 pods at the target. A cell is the median over the runs of the settling time of the ready pods · their
overshoot in percent of the change.

`

const frontierText = `Each gray point is ` + "`autoscaling/v2`" + ` with another target (0.85 to 1.2 times), stabilization window (0 to 15 minutes) and scale-down policy
(unlimited, or 10% per minute). The line connects the points that no other point beats on both scores. All runs have start-up times of 30
seconds, seed 1, and both metrics. Lower left is better. Points with more than three times the SLO violation of
` + "`hpa`" + ` are not shown.
`

const harshText = `Nodes with capacity for 10 pods are ready after a median of 90 seconds. Pods warm up for a minute from half their rate, drain for 30 seconds and
fail every two days. Scrapes happen every 30 seconds with a lag of 30 seconds, over ranges of two minutes, with 3% noise and 2% loss. Start-up
times of 30 seconds, seed 1.

`

const lateText = `The load rises once from 24 to 42 pods at the target and stays there for a day, with 5% noise per minute. The pods' CPU is known two minutes
late. Start-up times of 30 seconds, three seeds. A policy that scales by an old ratio without regard to the pods added since then oscillates.

| policy | reversals per hour | changes per hour | SLO violation | pod-hours / optimum |
|---|---|---|---|---|
`

const origins = `
## Loads

[The simulator](simulator.md#load) describes the generated loads. Traces are not part of this repository. ` + "`make scoreboard TRACES=folder`" + `
leaves out missing traces.

| trace | content | source | license |
|---|---|---|---|
| crane_diurnal_1m, crane_peaky_1m, crane_rare_bursts_1m | CPU of production applications, 14 days each | test data of gocrane/crane | Apache-2.0 |
| nasa_http_1m | requests to a web server, 14 days of July 1995 | Internet Traffic Archive | free, with attribution |
| nab_elb_requests_5m, nab_twitter_amzn_5m | requests to a load balancer, 14 days; tweets that name a shop, 55 days | Numenta Anomaly Benchmark | MIT |
| azure_llm_conv_10s | requests to a language model, an hour of November 2023 | AzurePublicDataset | CC-BY-4.0 |
| wikipedia_60m | page requests, 62 days | examples of LIMBO | EPL-1.0 |
| lcg_batch_jobs_1m | jobs of a computing grid, 11 days of November 2005 | Parallel Workloads Archive (Hui Li, D. Feitelson) | free, with acknowledgement |
`

// sums writes the table of the sums over all rows.
func sums(p *strings.Builder, rows []Row) {
	p.WriteString("| policy | SLO violation, hours | pod-hours | changes | flaps | worst load, pod-hours | worst load, SLO violation |\n|---|---|---|---|---|---|---|\n")
	for _, c := range Compare(rows, baseline) {
		fmt.Fprintf(p, "| `%s` | %.0f ×%.2f | %.0f ×%.3f | %d ×%.2f | %d ×%.2f | ×%.2f %s | %+.1f%% %s |\n", c.Policy,
			c.SLOViolationSeconds/time.Hour.Seconds(), c.Violation, c.PodHours, c.Cost, c.Changes, c.Change, c.Flaps, c.Flap,
			c.MostPods.Value, c.MostPods.Load, 100*c.MostLate.Value, c.MostLate.Load)
	}
}

// measures writes the table of mean scores by policy.
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
		fmt.Fprintf(p, "| `%s` | %.2f%% | %.2f | %.1f | %.0f | %.2f | %.1f | %.2f | %.1f | %.1f |\n", c.Policy, 100*late,
			c.PodHours/c.OptimalPodHours, float64(c.Reversals)/days, float64(c.Churn)/days, thetaU, thetaO, tauU, tauO, instability)
	}
}

// loadTables writes a table with a row for each load and a column for each policy.
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
			fmt.Fprintf(p, " | %.2f%% · %.2f · %.0f · %.1f", 100*c.SLOViolationSeconds/c.Seconds, c.PodHours/c.OptimalPodHours,
				float64(c.Changes)/days, float64(c.Flaps)/days)
		}
		p.WriteString(" |\n")
	}
}

// lateTable writes the table of the load with late metrics.
func (b *board) lateTable(p *strings.Builder) {
	for _, c := range Compare(b.late, baseline) {
		hours := c.Seconds / time.Hour.Seconds()
		fmt.Fprintf(p, "| `%s` | %.2f | %.2f | %.2f%% | %.2f |\n", c.Policy, float64(c.Reversals)/hours, float64(c.Changes)/hours,
			100*c.SLOViolationSeconds/c.Seconds, c.PodHours/c.OptimalPodHours)
	}
}

// stepTable writes a table with a row for each policy and a column for each metric and start-up time.
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
		instant := column{r.Metric, r.Start}
		if of[r.Policy] == nil {
			policies, of[r.Policy] = append(policies, r.Policy), map[column][]Row{}
		}
		of[r.Policy][instant] = append(of[r.Policy][instant], r)
		if !slices.Contains(columns, instant) {
			columns = append(columns, instant)
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
			fmt.Fprintf(p, " %s · %.0f%% |", settling, rows[len(rows)/2].Overshoot)
		}
		p.WriteString("\n")
	}
}
