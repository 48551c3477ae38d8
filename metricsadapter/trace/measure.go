package trace

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
)

// maxMeasured bounds the metrics whose queries run, so that a check does not load Prometheus.
const maxMeasured = 200

// Measurement is the result of running a metric's query once.
type Measurement struct {
	// Series is the number of series that the query reads, and Rows the number that it returns.
	Series, Rows int
	Took         time.Duration
	// Objects are the names of those that have a value.
	Objects []string
	// Age of the oldest sample behind the rows; negative where the query does not show it.
	Age time.Duration
	// Error is empty for a query that Prometheus answers.
	Error string
}

// String is the measurement as a finding has it.
func (m Measurement) String() string {
	if m.Error != "" {
		return "Prometheus does not answer the query: " + m.Error
	}
	text := fmt.Sprintf("the query reads %d series, and returns %d rows in %s", m.Series, m.Rows, m.Took.Round(time.Millisecond/10))
	if m.Age >= 0 {
		text += fmt.Sprintf("; the oldest sample is %s old", m.Age.Round(time.Second))
	}
	return text
}

// Measure runs the queries of a report's metrics, at most 200, and adds the results to its findings.
func (t *Tracer) Measure(ctx context.Context, report *lint.Report) map[*rule.MetricQuery]Measurement {
	measured := map[*rule.MetricQuery]Measurement{}
	for i, metric := range report.Metrics {
		if i == maxMeasured {
			report.Findings = append(report.Findings, rule.Finding{
				Severity: rule.Info, Message: fmt.Sprintf("only the queries of the first %d of %d metrics were run", maxMeasured, len(report.Metrics)),
			})
			break
		}
		m := t.measure(ctx, metric, time.Now())
		measured[metric.Grouped] = m
		f := rule.Finding{Severity: rule.Info, Rule: metric.Grouped.Rule, Message: title(metric) + ": " + m.String()}
		if m.Error != "" || m.Rows == 0 {
			f.Severity = rule.Warning
		}
		report.Findings = append(report.Findings, f)
	}
	report.Sort()
	return measured
}

func (t *Tracer) measure(ctx context.Context, metric lint.Metric, now time.Time) Measurement {
	query, _, err := plan.ForRule(metric.Grouped, plan.Selector{}, t.somePlace(metric.Grouped))
	if err != nil {
		return Measurement{Error: err.Error()}
	}
	answer, err := t.client.Query(ctx, prom.Request{Server: query.Server, Query: query.Text, Time: now, Lookback: query.Lookback})
	if err != nil {
		return Measurement{Error: err.Error()}
	}
	m := Measurement{Took: time.Since(now), Rows: len(answer.Vector), Age: -1}
	names := map[string]bool{}
	for _, row := range answer.Vector {
		if name := string(row.Metric[model.LabelName(query.Object)]); name != "" {
			names[name] = true
		}
	}
	m.Objects = slices.Sorted(maps.Keys(names))
	e, err := expr.Parse(query.Text)
	if err != nil {
		return m
	}
	for _, read := range e.Selectors() {
		m.Series += t.count(ctx, query.Server, read.Text, now)
	}
	if age, ok := t.age(ctx, query.Server, e, now); ok {
		m.Age = age
	}
	return m
}

func title(m lint.Metric) string {
	if m.Resource == "" {
		return m.Name
	}
	return m.Resource + "/" + m.Name
}
