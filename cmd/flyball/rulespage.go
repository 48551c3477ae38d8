package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/rule"
)

// checkPage is a report for people: a table of the metrics, their queries below each other, and the findings.
func checkPage(report *lint.Report, seen map[*rule.MetricQuery]asked) string {
	var out strings.Builder
	if len(report.Metrics) == 0 {
		out.WriteString("The rules give no metric.\n")
	} else {
		metricsTable(&out, report.Metrics, seen)
	}
	counts := map[rule.Severity]int{}
	for _, f := range report.Findings {
		counts[f.Severity]++
	}
	if len(report.Findings) > 0 {
		out.WriteString("\n")
	}
	for _, l := range findingLines(report.Findings) {
		out.WriteString(l)
	}
	fmt.Fprintf(&out, "\n%s, %s, %s, %d of information.\n", count(len(report.Metrics), "metric"),
		count(counts[rule.Error], "error"), count(counts[rule.Warning], "warning"), counts[rule.Info])
	return out.String()
}

// findingLines writes the findings, those that say the same of several rules on one line.
func findingLines(findings []rule.Finding) []string {
	type said struct {
		severity rule.Severity
		message  string
	}
	var order []said
	places := map[said][]string{}
	for _, f := range findings {
		key := said{f.Severity, f.Message}
		if _, found := places[key]; !found {
			order = append(order, key)
		}
		places[key] = append(places[key], f.Rule)
	}
	lines := make([]string, len(order))
	for i, key := range order {
		place := strings.Join(places[key], ", ")
		if place != "" {
			place += ": "
		}
		lines[i] = fmt.Sprintf("%-8s%s%s\n", key.severity, place, key.message)
	}
	return lines
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func metricsTable(out *strings.Builder, metrics []lint.Metric, seen map[*rule.MetricQuery]asked) {
	lines := []string{"API\tRESOURCE\tMETRIC\tASKED\tQUERY"}
	if seen != nil {
		lines = []string{"API\tRESOURCE\tMETRIC\tASKED\tSERIES\tROWS\tTIME\tAGE\tOBJECTS\tQUERY"}
	}
	for _, m := range metrics {
		columns := []string{m.API, orDash(m.Resource), m.Name, scopeText(m.Grouped.Scope)}
		if seen != nil {
			columns = append(columns, cost(seen, m))
		}
		lines = append(lines, strings.Join(append(columns, m.Query), "\t"))
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, strings.Join(lines, "\n")) // a strings.Builder takes everything
	_ = table.Flush()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// scopeText says for what one query is asked.
func scopeText(s rule.Scope) string {
	switch s {
	case rule.NamespaceScope:
		return "each namespace"
	case rule.ObjectScope:
		return "each object"
	}
	return "once"
}

// cost gives what running a query told, in the columns between the name and the query.
func cost(seen map[*rule.MetricQuery]asked, m lint.Metric) string {
	a, ok := seen[m.Grouped]
	if !ok || a.error != "" {
		return "-\t-\t-\t-\t-"
	}
	age := "-"
	if a.aged {
		age = a.age.Round(time.Second).String()
	}
	objects := "-"
	switch len(a.objects) {
	case 0:
	case 1, 2:
		objects = strings.Join(a.objects, ", ")
	default:
		objects = fmt.Sprintf("%s, %s and %d more", a.objects[0], a.objects[1], len(a.objects)-2)
	}
	return fmt.Sprintf("%d\t%d\t%s\t%s\t%s", a.series, a.rows, a.took.Round(time.Millisecond/10), age, objects)
}
