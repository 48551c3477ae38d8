package main

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

// trace follows a metric to its value.
func (r *resolved) trace(ctx context.Context, q question, now time.Time) *traced {
	t := &traced{Metric: q.title(), Object: q.name}
	m, ok := q.find(r.set)
	if !ok {
		r.traceMissing(t, q)
		return t
	}
	t.add("rule", "%s gives %s", m.Grouped.Rule, q.title())
	selector, err := plan.ParseSelector(q.selector)
	if err != nil {
		t.lose("selector", "%v", err)
		return t
	}
	place := plan.ObjectRef{Namespace: q.namespace, Object: q.name}
	if !m.Namespaced && m.API != "external" {
		place.Namespace = ""
	}
	query, filter, err := plan.ForRule(m.Grouped, selector, place)
	if err != nil {
		t.lose("query", "there is none: %v", err)
		return t
	}
	t.add("query", "%s\n%s", query.Text, forWhom(m.Grouped.Scope))
	if !r.traceReads(ctx, t, query, now) {
		return t
	}
	answer, err := r.client.Query(ctx, prom.Request{Server: query.Server, Query: query.Text, Time: now, Lookback: query.Lookback})
	if err != nil {
		t.lose("answer", "%v", err)
		return t
	}
	table := plan.NewTable(query, answer.Vector, strings.Join(answer.Warnings, "; "))
	if table.Len() == 0 {
		t.lose("answer", "%d elements, and none of them has the labels %s", len(answer.Vector), strings.Join(labelled(query), ", "))
		return t
	}
	t.add("answer", "%d rows", table.Len())
	r.traceRows(t, q, m, table, filter)
	if len(t.Stages) > 0 && !t.Stages[len(t.Stages)-1].Lost {
		r.traceAge(ctx, t, query, m.Grouped, now)
	}
	return t
}

func forWhom(s rule.Scope) string {
	switch s {
	case rule.NamespaceScope:
		return "asked for this namespace only"
	case rule.ObjectScope:
		return "asked for this object only"
	}
	return "asked once, for everybody"
}

func labelled(q plan.Query) []string {
	return slices.DeleteFunc([]string{q.Namespace, q.Object}, func(label string) bool { return label == "" })
}

// traceMissing says why no rule gives the metric: what is out of force, what found nothing, and what is like it.
func (r *resolved) traceMissing(t *traced, q question) {
	for _, p := range r.problems {
		t.add("problem", "%s", p)
	}
	for _, s := range r.loaded.AllSelectors() {
		t.add("series", "%s finds %s", s, seriesText(r.series[s.String()]))
	}
	var others []string
	for _, m := range lint.Metrics(r.set) {
		if m.Name == q.metric {
			others = append(others, title(m))
		}
	}
	if len(others) > 0 {
		t.lose("rule", "no rule gives %s; there is %s", q.title(), strings.Join(others, ", "))
		return
	}
	t.lose("rule", "no rule gives %s; flyball rules check lists what there is", q.title())
}

// seriesText tells how many series there are, and which names.
func seriesText(all []labelSet) string {
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

// traceReads tells how many series each selector picks; false where one picks none, so that the query has no rows.
func (r *resolved) traceReads(ctx context.Context, t *traced, query plan.Query, now time.Time) bool {
	e, err := expr.Parse(query.Text)
	if err != nil {
		t.lose("query", "%v", err)
		return false
	}
	found := 0
	reads := e.Selectors()
	for _, read := range reads {
		n := r.count(ctx, query.Server, read.Text, now)
		found += n
		t.add("series", "%s picks %d", read.Text, n)
	}
	if found == 0 && len(reads) > 0 {
		t.lose("series", "none has a sample of the last 5m: is the target scraped, and do the labels have these names?")
		return false
	}
	return true
}

// traceRows finds the rows of the object.
func (r *resolved) traceRows(t *traced, q question, m lint.Metric, table *plan.Table, filter plan.Filter) {
	namespace := q.namespace
	if m.Grouped.Labels.Namespace == "" {
		namespace = ""
	}
	rows := table.Rows()
	if namespace != "" {
		if rows = table.Namespace(namespace); len(rows) == 0 {
			t.lose("namespace", "no row is of the namespace %s", namespace)
			return
		}
		t.add("namespace", "%d rows are of %s", len(rows), namespace)
	}
	if q.name != "" {
		of := table.Object(namespace, q.name)
		if len(of) == 0 {
			t.lose("object", "no row has %s=%q; there are %s", m.Grouped.Labels.Object, q.name, someObjects(rows))
			return
		}
		rows = of
		t.add("object", "%d rows are of %s", len(rows), q.name)
	}
	fold := m.Grouped.Result.Aggregation
	if m.API == "external" || q.name == "" || m.API == "resource" {
		fold = expr.Sum
	}
	value := table.Merge(rows, filter, fold)
	switch value.State {
	case plan.Absent:
		t.lose("selector", "none of the rows is picked by %s", q.selector)
	case plan.Unknown:
		t.lose("value", "it is unknown: %s", value.Problem)
	default:
		t.Value = &value.Number
		what := "the value is"
		if q.name == "" {
			what = fmt.Sprintf("the sum of %d rows is", len(rows))
		}
		t.add("value", "%s %.6g", what, value.Number)
	}
}

func someObjects(rows []plan.Row) string {
	var names []string
	for i := range rows {
		names = append(names, rows[i].Object)
	}
	names = slices.Compact(names)
	if len(names) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:5], ", "), len(names)-5)
	}
	return strings.Join(names, ", ")
}

// traceAge tells how old the samples are, and takes the value away where they are too old.
func (r *resolved) traceAge(ctx context.Context, t *traced, query plan.Query, g *rule.MetricQuery, now time.Time) {
	e, err := expr.Parse(query.Text)
	if err != nil {
		return
	}
	age, told := r.age(ctx, query.Server, e, now)
	switch {
	case !told:
		t.add("age", "it cannot be told of this query")
	case age > g.MaxAge:
		t.add("age", "the oldest sample of the whole answer is %s old, and one may be %s: rows that old are unknown", age.Round(time.Second), g.MaxAge)
	default:
		t.add("age", "the oldest sample is %s old, and may be %s", age.Round(time.Second), g.MaxAge)
	}
}
