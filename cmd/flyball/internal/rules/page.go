package rules

import (
	"fmt"
	"strings"
	"time"

	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/trace"
)

// checkPage is a report as text: a table of the metrics, and the findings.
func checkPage(report *lint.Report, measured map[*rule.MetricQuery]trace.Measurement) string {
	var out strings.Builder
	if len(report.Metrics) == 0 {
		out.WriteString("The rules give no metric.\n")
	} else {
		out.WriteString(metricsTable(report.Metrics, measured))
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
	fmt.Fprintf(&out, "\n%s, %s, %s, %d of information.\n", output.Count(len(report.Metrics), "metric"),
		output.Count(counts[rule.Error], "error"), output.Count(counts[rule.Warning], "warning"), counts[rule.Info])
	return out.String()
}

// findingLines prints findings with the same message on one line, after the rules that they are about.
func findingLines(findings []rule.Finding) []string {
	type text struct {
		severity rule.Severity
		message  string
	}
	var order []text
	rules := map[text][]string{}
	for _, f := range findings {
		key := text{f.Severity, f.Message}
		if _, found := rules[key]; !found {
			order = append(order, key)
		}
		rules[key] = append(rules[key], f.Rule)
	}
	lines := make([]string, len(order))
	for i, key := range order {
		place := strings.Join(rules[key], ", ")
		if place != "" {
			place += ": "
		}
		lines[i] = fmt.Sprintf("%-8s%s%s\n", key.severity, place, key.message)
	}
	return lines
}

func metricsTable(metrics []lint.Metric, measured map[*rule.MetricQuery]trace.Measurement) string {
	columns := []string{"API", "RESOURCE", "METRIC", "QUERIED", "QUERY"}
	if measured != nil {
		columns = []string{"API", "RESOURCE", "METRIC", "QUERIED", "SERIES", "ROWS", "TIME", "AGE", "OBJECTS", "QUERY"}
	}
	var rows [][]any
	for _, m := range metrics {
		row := []any{m.API, output.OrDash(m.Resource), m.Name, scopeText(m.Grouped.Scope)}
		if measured != nil {
			result, ok := measured[m.Grouped]
			row = append(row, measurementCells(result, ok)...)
		}
		rows = append(rows, append(row, m.Query))
	}
	return output.Table(columns, rows)
}

// scopeText says how often one query runs in a period.
func scopeText(s rule.Scope) string {
	switch s {
	case rule.NamespaceScope:
		return "each namespace"
	case rule.ObjectScope:
		return "each object"
	}
	return "once"
}

// measurementCells are the columns from SERIES to OBJECTS.
func measurementCells(m trace.Measurement, ok bool) []any {
	if !ok || m.Error != "" {
		return []any{"-", "-", "-", "-", "-"}
	}
	age := "-"
	if m.Age >= 0 {
		age = m.Age.Round(time.Second).String()
	}
	objects := output.OrDash(strings.Join(m.Objects, ", "))
	if n := len(m.Objects); n > 2 {
		objects = fmt.Sprintf("%s, %s and %d more", m.Objects[0], m.Objects[1], n-2)
	}
	return []any{m.Series, m.Rows, m.Took.Round(time.Millisecond / 10).String(), age, objects}
}
