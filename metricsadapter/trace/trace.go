package trace

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Trace is the way from the series of a rule to a value.
type Trace struct {
	Metric string `json:"metric"`
	Object string `json:"object,omitempty"`
	// Value is nil where the last stage lost it.
	Value  *float64 `json:"value,omitempty"`
	Stages []Stage  `json:"stages"`
}

// Stage is one step of a trace.
type Stage struct {
	Step   string `json:"step"`
	Result string `json:"result"`
	// Lost says that the metric has no value from this stage on.
	Lost bool `json:"lost,omitempty"`
}

func (t *Trace) add(step, format string, args ...any) {
	t.Stages = append(t.Stages, Stage{Step: step, Result: fmt.Sprintf(format, args...)})
}

// lose adds the last stage: the later ones have no rows to work on.
func (t *Trace) lose(step, format string, args ...any) {
	t.add(step, format, args...)
	t.Stages[len(t.Stages)-1].Lost = true
}

// Trace follows a metric to its value.
func (t *Tracer) Trace(ctx context.Context, q Question, now time.Time) *Trace {
	trace := &Trace{Metric: q.title(), Object: q.name}
	m, ok := q.find(t.Set)
	if !ok {
		t.traceMissing(trace, q)
		return trace
	}
	trace.add("rule", "%s gives %s", m.Grouped.Rule, q.title())
	selector, err := plan.ParseSelector(q.Selector)
	if err != nil {
		trace.lose("selector", "%v", err)
		return trace
	}
	place := plan.ObjectRef{Namespace: q.Namespace, Object: q.name}
	if !m.Namespaced && m.API != "external" {
		place.Namespace = ""
	}
	query, filter, err := plan.ForRule(m.Grouped, selector, place)
	if err != nil {
		trace.lose("query", "the rule has no query for it: %v", err)
		return trace
	}
	trace.add("query", "%s\n%s", query.Text, scope(m.Grouped.Scope))
	if !t.traceReads(ctx, trace, query, now) {
		return trace
	}
	answer, err := t.client.Query(ctx, prom.Request{Server: query.Server, Query: query.Text, Time: now, Lookback: query.Lookback})
	if err != nil {
		trace.lose("answer", "%v", err)
		return trace
	}
	table := plan.NewTable(query, answer.Vector, strings.Join(answer.Warnings, "; "))
	if table.Len() == 0 {
		trace.lose("answer", "%d elements, none with the labels %s", len(answer.Vector), strings.Join(requiredLabels(query), ", "))
		return trace
	}
	trace.add("answer", "%s", count(table.Len()))
	traceRows(trace, q, m, table, filter)
	if !trace.Stages[len(trace.Stages)-1].Lost {
		t.traceAge(ctx, trace, query, m.Grouped, now)
	}
	return trace
}

func scope(s rule.Scope) string {
	switch s {
	case rule.NamespaceScope:
		return "queried for this namespace only"
	case rule.ObjectScope:
		return "queried for this object only"
	}
	return "queried once for all namespaces"
}

func requiredLabels(q plan.Query) []string {
	return slices.DeleteFunc([]string{q.Namespace, q.Object}, func(label string) bool { return label == "" })
}

// traceMissing says why no rule gives the metric: problems of rules, series of selectors, and metrics of the same name.
func (t *Tracer) traceMissing(trace *Trace, q Question) {
	for _, p := range t.Problems {
		trace.add("problem", "%s", p)
	}
	for _, s := range t.loaded.AllSelectors() {
		trace.add("series", "%s matches %s", s, seriesText(t.series[s.String()]))
	}
	var others []string
	for _, m := range lint.Metrics(t.Set) {
		if m.Name == q.Metric {
			others = append(others, title(m))
		}
	}
	if len(others) > 0 {
		trace.lose("rule", "no rule gives %s; the rules give %s", q.title(), strings.Join(others, ", "))
		return
	}
	trace.lose("rule", "no rule gives %s; run flyball rules check for a list of metrics", q.title())
}

// seriesText is the number of series and some of their names.
func seriesText(all []Labels) string {
	var names []string
	for _, s := range all {
		names = append(names, s["__name__"])
	}
	slices.Sort(names)
	names = slices.Compact(names)
	text := fmt.Sprintf("%d series", len(all))
	if len(names) > 3 {
		return fmt.Sprintf("%s: %s and %d more names", text, strings.Join(names[:3], ", "), len(names)-3)
	}
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	return text
}

// traceReads adds how many series each selector of the query matches; false where they match none, so that the query returns no rows.
func (t *Tracer) traceReads(ctx context.Context, trace *Trace, query plan.Query, now time.Time) bool {
	e, err := expr.Parse(query.Text)
	if err != nil {
		trace.lose("query", "%v", err)
		return false
	}
	found := 0
	reads := e.Selectors()
	for _, read := range reads {
		n := t.count(ctx, query.Server, read.Text, now)
		found += n
		trace.add("series", "%s matches %d", read.Text, n)
	}
	if found == 0 && len(reads) > 0 {
		trace.lose("series", "no sample in the last 5m: check that Prometheus scrapes the target, and the names of the labels")
		return false
	}
	return true
}
