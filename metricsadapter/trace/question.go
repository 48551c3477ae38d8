package trace

import (
	"fmt"
	"strings"

	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Question asks for the value of a metric.
type Question struct {
	Metric, Namespace, Selector string
	// object that the metric describes; nil for an external metric.
	object *rule.Object
	// name of the object; empty for all objects.
	name string
}

// SetObject reads a kind and a name, such as pod/web-1, or pods/* for all objects.
func (q *Question) SetObject(text string) error {
	kind, name, ok := strings.Cut(text, "/")
	if !ok || name == "" {
		return fmt.Errorf("OBJECT: Invalid value: %q: must be a kind and a name, such as pod/web-1, or pods/* for all", text)
	}
	resource, group, _ := strings.Cut(kind, ".")
	found, ok := rule.Builtin.Find(group, resource)
	if !ok && group == "" {
		return fmt.Errorf("OBJECT: Invalid value: %q: %s is not a built-in kind: use the resource and the group, as in rollouts.argoproj.io/web", text, kind)
	}
	if !ok {
		found.Resource.Resource, found.Resource.Group, found.Namespaced = resource, group, true
	}
	q.object = &found
	if name != "*" {
		q.name = name
	}
	return nil
}

// title is the metric as lint names it.
func (q *Question) title() string {
	if q.object == nil {
		return q.Metric
	}
	return q.object.Resource.String() + "/" + q.Metric
}

// find returns the metric of the question.
func (q *Question) find(set *rule.Set) (lint.Metric, bool) {
	var wanted *rule.MetricQuery
	namespace := q.Namespace
	if q.object == nil {
		if r := set.FindExternal(q.Metric, namespace); r != nil {
			wanted = &r.MetricQuery
		}
	} else {
		if q.object.Resource == rule.Namespaces.Resource {
			namespace = q.name
		}
		if r := set.FindCustom(q.object.Resource, q.Metric, namespace); r != nil {
			wanted = &r.MetricQuery
		}
	}
	for _, m := range lint.Metrics(set) {
		resource := m.API == "resource" && q.object != nil && title(m) == q.title()
		if m.Grouped == wanted || wanted == nil && resource {
			return m, true
		}
	}
	return lint.Metric{}, false
}
