package main

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

// recent is how long ago a series may have had its last sample to be there, as prometheus-adapter has it by default.
const recent = 10 * time.Minute

// mostAsked bounds the metrics whose queries are run: a check is not to be a load test.
const mostAsked = 200

// askSeries asks for the series of each selector. One that cannot be answered is a problem; the error is for none that
// can.
func askSeries(ctx context.Context, client *prom.Client, selectors []rule.Selector) (map[string][]labelSet, []rule.Problem, error) {
	found := make(map[string][]labelSet, len(selectors))
	var problems []rule.Problem
	for _, s := range selectors {
		answer, err := client.Series(ctx, "", []string{s.String()}, time.Now().Add(-recent))
		if err != nil {
			problems = append(problems, rule.Problem{Rule: "seriesQuery " + s.String(), Reason: err.Error()})
			continue
		}
		all := make([]labelSet, len(answer.Labels))
		for i, labels := range answer.Labels {
			all[i] = make(labelSet, len(labels))
			for name, value := range labels {
				all[i][string(name)] = string(value)
			}
		}
		found[s.String()] = all
	}
	if len(selectors) > 0 && len(found) == 0 {
		return nil, nil, fmt.Errorf("--prometheus: no series could be asked for: %s", problems[0].Reason)
	}
	return found, problems, nil
}

// asked is what came of running a metric's query once.
type asked struct {
	// series that the query reads, and rows that it gives.
	series, rows int
	took         time.Duration
	// objects are the names of some that have a value.
	objects []string
	// age of the oldest sample behind the answer; none where it is not told.
	age   time.Duration
	aged  bool
	error string
}

// askMetrics runs the queries of a report's metrics, and adds what it found.
func (r *resolved) askMetrics(ctx context.Context, report *lint.Report) map[*rule.MetricQuery]asked {
	seen := map[*rule.MetricQuery]asked{}
	for i, m := range report.Metrics {
		if i == mostAsked {
			report.Findings = append(report.Findings, rule.Finding{
				Severity: rule.Info, Message: fmt.Sprintf("only %d of %d metrics were asked for", mostAsked, len(report.Metrics)),
			})
			break
		}
		a := r.askMetric(ctx, m)
		seen[m.Grouped] = a
		f := rule.Finding{Severity: rule.Info, Rule: m.Grouped.Rule, Message: title(m) + ": " + a.String()}
		if a.error != "" || a.rows == 0 {
			f.Severity = rule.Warning
		}
		report.Findings = append(report.Findings, f)
	}
	report.Sort()
	return seen
}

func title(m lint.Metric) string {
	if m.Resource == "" {
		return m.Name
	}
	return m.Resource + "/" + m.Name
}

func (a asked) String() string {
	if a.error != "" {
		return "Prometheus does not answer the query: " + a.error
	}
	text := fmt.Sprintf("the query reads %d series, and gives %d rows in %s", a.series, a.rows, a.took.Round(time.Millisecond/10))
	if a.aged {
		text += fmt.Sprintf("; the oldest sample behind them is %s old", a.age.Round(time.Second))
	}
	return text
}

func (r *resolved) askMetric(ctx context.Context, m lint.Metric) asked {
	query, _, err := plan.ForRule(m.Grouped, plan.Selector{}, r.somePlace(m.Grouped))
	if err != nil {
		return asked{error: err.Error()}
	}
	start := time.Now()
	answer, err := r.client.Query(ctx, prom.Request{Server: query.Server, Query: query.Text, Time: start, Lookback: query.Lookback})
	if err != nil {
		return asked{error: err.Error()}
	}
	a := asked{took: time.Since(start), rows: len(answer.Vector)}
	names := map[string]bool{}
	for _, row := range answer.Vector {
		if name := string(row.Metric[model.LabelName(query.Object)]); name != "" {
			names[name] = true
		}
	}
	a.objects = slices.Sorted(maps.Keys(names))
	e, err := expr.Parse(query.Text)
	if err != nil {
		return a
	}
	for _, read := range e.Selectors() {
		a.series += r.count(ctx, query.Server, read.Text, start)
	}
	a.age, a.aged = r.age(ctx, query.Server, e, start)
	return a
}

// count gives the number of series that a selector picks now.
func (r *resolved) count(ctx context.Context, server, selector string, at time.Time) int {
	answer, err := r.client.Query(ctx, prom.Request{Server: server, Query: "count(" + selector + ")", Time: at})
	if err != nil || len(answer.Vector) == 0 {
		return 0
	}
	return int(answer.Vector[0].Value)
}

// age gives the age of the oldest sample behind a query's answer; false where it cannot be told.
func (r *resolved) age(ctx context.Context, server string, e expr.Expr, at time.Time) (time.Duration, bool) {
	times, lookback, err := e.Times(5 * time.Minute)
	if err != nil {
		return 0, false
	}
	answer, err := r.client.Query(ctx, prom.Request{Server: server, Query: times.String(), Time: at, Lookback: lookback})
	if err != nil || len(answer.Vector) == 0 {
		return 0, false
	}
	oldest := float64(answer.Vector[0].Value)
	for _, row := range answer.Vector {
		oldest = min(oldest, float64(row.Value))
	}
	return at.Sub(time.UnixMilli(int64(oldest * 1000))), true
}

// somePlace is where a metric is read that is asked for each place: one that its series tell of.
func (r *resolved) somePlace(g *rule.MetricQuery) plan.ObjectRef {
	for _, selector := range slices.Sorted(maps.Keys(r.series)) {
		for _, s := range r.series[selector] {
			if s[g.Labels.Namespace] != "" && (g.Labels.Object == "" || s[g.Labels.Object] != "") {
				return plan.ObjectRef{Namespace: s[g.Labels.Namespace], Object: s[g.Labels.Object]}
			}
		}
	}
	return plan.ObjectRef{Namespace: "default", Object: "none"}
}
