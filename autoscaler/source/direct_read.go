package source

import (
	"cmp"
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// reading returns a request's values from the answer to its query.
func reading(r *Request, p *planned, answer store.Answer, now time.Time) engine.Reading {
	table, err := answer.Fresh(now, p.maxAge)
	return readTable(r, p, table, err, answer.Time)
}

// readTable returns a request's values from a table, or the problem err why it has none.
func readTable(r *Request, p *planned, table *plan.Table, err error, sampled time.Time) engine.Reading {
	if err != nil {
		return unknown(err.Error())
	}
	read := ofTable(r, p, table, sampled)
	read.RefreshError = table.RefreshError
	if read.Problem == "" && read.Pods == nil { // samples of pods have their own window
		read.Window = p.window
	}
	return read
}

func ofTable(r *Request, p *planned, table *plan.Table, sampled time.Time) engine.Reading {
	switch r.Metric.Type {
	case engine.Resource, engine.ContainerResource:
		return podSamples(r, sampled, p.window, func(i int) plan.Value { return use(table, r, p.grouped, i) })
	case engine.Pods:
		return podSamples(r, sampled, p.window, func(i int) plan.Value {
			return table.Merge(table.Object(r.Namespace, r.Pods[i].Name), p.filter, p.grouped.Result.Aggregation)
		})
	case engine.Object:
		return ofObject(table, r, p)
	case engine.External:
		return external(table, r, p)
	}
	return inline(table)
}

// podSamples returns one value per pod. A metric that no pod has is a problem, because a wrong rule or scrape configuration is its
// likely cause.
func podSamples(r *Request, sampled time.Time, window time.Duration, value func(i int) plan.Value) engine.Reading {
	reading := engine.Reading{Time: sampled, Pods: r.emptySamples()}
	why := ""
	found := false
	for i := range r.Pods {
		v := value(i)
		if v.State != plan.Known {
			if why == "" && v.State == plan.Unknown {
				why = fmt.Sprintf(": pod %s: %s", r.Pods[i].Name, v.Problem)
			}
			continue
		}
		milli, err := plan.Milli(v.Number)
		if err != nil {
			why = fmt.Sprintf(": pod %s: %v", r.Pods[i].Name, err)
			continue
		}
		found = true
		reading.Pods[i] = engine.Sample{Known: true, Value: milli, Time: v.Time, Window: window, Partial: v.Partial}
	}
	if !found && len(r.Pods) > 0 {
		return unknown(fmt.Sprintf("none of the %d pods has a sample of %s%s", len(r.Pods), r.Metric.Name, why))
	}
	return reading
}

// emptySamples returns one sample per pod, without a value.
func (r *Request) emptySamples() []engine.Sample {
	if r.samples == nil || cap(r.samples) < len(r.Pods) {
		return make([]engine.Sample, len(r.Pods))
	}
	samples := r.samples[:len(r.Pods)]
	clear(samples)
	return samples
}

// use returns the usage of a container, or the sum over a pod. A pod that lacks a container's sample has no value, because the sum
// of the others would be too low.
func use(table *plan.Table, r *Request, g *rule.MetricQuery, i int) plan.Value {
	rows := table.Object(r.Namespace, r.Pods[i].Name)
	var names []string
	switch {
	case r.Metric.Type == engine.ContainerResource:
		names = []string{r.Metric.Container}
	case r.Containers != nil && r.Containers[i] != nil:
		names = r.Containers[i]
	default:
		return table.Sum(rows, plan.All)
	}
	var sum plan.Value
	for _, name := range names {
		row := containerRow(rows, g.Labels.Container, name)
		switch {
		case row == nil:
			return plan.Value{State: plan.Unknown, Problem: fmt.Sprintf("container %s has no sample", name)}
		case table.Problem(row) != "":
			return plan.Value{State: plan.Unknown, Problem: fmt.Sprintf("container %s: %s", name, table.Problem(row))}
		}
		sampled := table.Time(row)
		if sum.State == plan.Known && sum.Time.Before(sampled) {
			sampled = sum.Time
		}
		sum = plan.Value{State: plan.Known, Number: sum.Number + row.Value, Time: sampled, Partial: cmp.Or(sum.Partial, table.PartialReason(row))}
	}
	return sum
}

func containerRow(rows []plan.Row, label, name string) *plan.Row {
	for i := range rows {
		if rows[i].Label(label) == name {
			return &rows[i]
		}
	}
	return nil
}

func ofObject(table *plan.Table, r *Request, p *planned) engine.Reading {
	name, namespace := r.Metric.Object.Name, r.Namespace
	if !p.object.Namespaced {
		if p.object.Resource != rule.Namespaces.Resource {
			return unknown(fmt.Sprintf("metrics of %s have no namespace, and an autoscaler reads only its own namespace", p.object.Resource))
		}
		// As in the HPA controller, the namespace is the autoscaler's own, whatever name the spec has.
		name, namespace = r.Namespace, ""
	}
	v := table.Merge(table.Object(namespace, name), p.filter, p.grouped.Result.Aggregation)
	switch v.State {
	case plan.Absent:
		return unknown(fmt.Sprintf("no sample of %s for %s %s", r.Metric.Name, r.Metric.Object.Kind, name))
	case plan.Unknown:
		return unknown(v.Problem)
	}
	return whole(v)
}

// external sums the series of a metric, as autoscaling/v2 does.
func external(table *plan.Table, r *Request, p *planned) engine.Reading {
	rows := table.Namespace(r.Namespace)
	if p.grouped.Labels.Namespace == "" {
		rows = table.Rows()
	}
	if table.Partial != "" {
		return unknown("the answer may be incomplete: " + table.Partial)
	}
	v := table.Sum(rows, p.filter)
	switch v.State {
	case plan.Absent:
		return unknown(fmt.Sprintf("no series of %s for this namespace and selector", r.Metric.Name))
	case plan.Unknown:
		return unknown(v.Problem)
	}
	return whole(v)
}

// inline returns the number of a query in a spec.
func inline(table *plan.Table) engine.Reading {
	rows := table.Rows()
	switch {
	case table.Partial != "":
		return unknown("the answer may be incomplete: " + table.Partial)
	case len(rows) == 0:
		return unknown("the query returns no number: no series matches it")
	case len(rows) > 1:
		return unknown(fmt.Sprintf("the query returns %d series instead of one number: aggregate them, for example with sum()", len(rows)))
	}
	if problem := table.Problem(&rows[0]); problem != "" {
		return unknown(problem)
	}
	return whole(plan.Value{Number: rows[0].Value, Time: table.Time(&rows[0]), Partial: table.PartialReason(&rows[0])})
}

func whole(v plan.Value) engine.Reading {
	milli, err := plan.Milli(v.Number)
	if err != nil {
		return unknown(err.Error())
	}
	return engine.Reading{Value: milli, Time: v.Time, Partial: v.Partial}
}
