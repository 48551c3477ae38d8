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
	"flyball.dev/flyball/metricsadapter/rule"
)

// traceRows finds the rows of the object, and merges them into the value.
func traceRows(trace *Trace, q Question, m lint.Metric, table *plan.Table, filter plan.Filter) {
	namespace := q.Namespace
	if m.Grouped.Labels.Namespace == "" {
		namespace = ""
	}
	rows := table.Rows()
	if namespace != "" {
		if rows = table.Namespace(namespace); len(rows) == 0 {
			trace.lose("namespace", "no row has the namespace %s", namespace)
			return
		}
		trace.add("namespace", "%s of namespace %s", count(len(rows)), namespace)
	}
	if q.name != "" {
		of := table.Object(namespace, q.name)
		if len(of) == 0 {
			trace.lose("object", "no row has %s=%q; the rows have %s", m.Grouped.Labels.Object, q.name, someObjects(rows))
			return
		}
		rows = of
		trace.add("object", "%s of %s", count(len(rows)), q.name)
	}
	fold := m.Grouped.Result.Aggregation
	if m.API == "external" || q.name == "" || m.API == "resource" {
		fold = expr.Sum
	}
	value := table.Merge(rows, filter, fold)
	switch value.State {
	case plan.Absent:
		trace.lose("selector", "none of the rows matches %s", q.Selector)
	case plan.Unknown:
		trace.lose("value", "the value is unknown: %s", value.Problem)
	default:
		trace.Value = &value.Number
		what := "the value is"
		if q.name == "" {
			what = fmt.Sprintf("the sum of %s is", count(len(rows)))
		}
		trace.add("value", "%s %.6g", what, value.Number)
	}
}

func count(rows int) string {
	if rows == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", rows)
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

// traceAge adds the age of the samples, and the age from which on the adapter reports them as unknown.
func (t *Tracer) traceAge(ctx context.Context, trace *Trace, query plan.Query, g *rule.MetricQuery, now time.Time) {
	e, err := expr.Parse(query.Text)
	if err != nil {
		return
	}
	age, ok := t.age(ctx, query.Server, e, now)
	switch {
	case !ok:
		trace.add("age", "this query does not show the age of its samples")
	case age > g.MaxAge:
		trace.add("age", "the oldest sample of all rows is %s old, and the maximum is %s: older rows are unknown", age.Round(time.Second), g.MaxAge)
	default:
		trace.add("age", "the oldest sample is %s old; the maximum is %s", age.Round(time.Second), g.MaxAge)
	}
}
