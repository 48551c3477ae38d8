package provider

import (
	"context"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Custom serves custom.metrics.k8s.io.
type Custom struct {
	rules   Rules
	answers Answers
	objects *Objects
	listed  metricListCache[cma.CustomMetricInfo]
}

var _ cma.CustomMetricsProvider = (*Custom)(nil)

// NewCustom returns the provider of the rules' custom metrics.
func NewCustom(rules Rules, answers Answers, objects *Objects) *Custom {
	return &Custom{rules: rules, answers: answers, objects: objects}
}

// ListAllMetrics returns one entry for each metric, regardless of its rules and series.
func (c *Custom) ListAllMetrics() []cma.CustomMetricInfo {
	return c.listed.of(c.rules.Rules(), listCustom)
}

func listCustom(rules *rule.Set) []cma.CustomMetricInfo {
	list := make([]cma.CustomMetricInfo, 0, len(rules.Custom))
	for _, r := range rules.Custom {
		if rules.CustomRules(r.Object.Resource, r.Name)[0] == r { // further rules of the metric have other namespaces
			list = append(list, cma.CustomMetricInfo{GroupResource: r.Object.Resource, Namespaced: r.Object.Namespaced, Metric: r.Name})
		}
	}
	if len(list) == 0 {
		return []cma.CustomMetricInfo{{GroupResource: rule.Pods.Resource, Namespaced: true, Metric: Placeholder}}
	}
	return list
}

// GetMetricByName returns the value of one object.
func (c *Custom) GetMetricByName(
	ctx context.Context, name types.NamespacedName, info cma.CustomMetricInfo, selector labels.Selector,
) (*custom_metrics.MetricValue, error) {
	r, err := c.rule(info, namespaceOf(info, name))
	if err != nil {
		return nil, err
	}
	answer, err := read(ctx, c.answers, &r.MetricQuery, plan.ObjectRef{Namespace: name.Namespace, Object: name.Name}, plan.NewSelector(selector))
	if err != nil {
		return nil, err
	}
	if !c.objects.Exists(r.Object, name.Namespace, name.Name) {
		return nil, noValue(info.GroupResource, info.Metric, name.Name, "the object does not exist")
	}
	value := c.value(r, answer, name)
	if value.State != plan.Known {
		return nil, c.missing(r, answer, name.Name, value)
	}
	return metricValue(r, name, selector, value)
}

// GetMetricBySelector returns the values of the selected objects that have one.
func (c *Custom) GetMetricBySelector(
	ctx context.Context, namespace string, objects labels.Selector, info cma.CustomMetricInfo, selector labels.Selector,
) (*custom_metrics.MetricValueList, error) {
	if info.GroupResource == rule.Namespaces.Resource && !info.Namespaced {
		return c.readPerNamespace(ctx, objects, info, selector)
	}
	r, err := c.rule(info, namespace)
	if err != nil {
		return nil, err
	}
	return c.bySelector(ctx, namespace, objects, r, info, selector)
}

// bySelector reads the values by one rule.
func (c *Custom) bySelector(
	ctx context.Context, namespace string, objects labels.Selector, r *rule.Custom, info cma.CustomMetricInfo, selector labels.Selector,
) (*custom_metrics.MetricValueList, error) {
	if r.Scope == rule.ObjectScope {
		return c.readPerObject(ctx, namespace, objects, r, info, selector)
	}
	answer, err := read(ctx, c.answers, &r.MetricQuery, plan.ObjectRef{Namespace: namespace}, plan.NewSelector(selector))
	if err != nil {
		return nil, err
	}
	names, err := c.names(ctx, r, answer, namespace, objects)
	if err != nil {
		return nil, err
	}
	list := &custom_metrics.MetricValueList{Items: make([]custom_metrics.MetricValue, 0, len(names))}
	last := plan.Value{}
	for _, name := range names {
		named := types.NamespacedName{Namespace: namespace, Name: name}
		value := c.value(r, answer, named)
		if value.State != plan.Known {
			last = value
			continue
		}
		item, err := metricValue(r, named, selector, value)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, *item)
	}
	if len(list.Items) == 0 {
		if len(names) == 0 {
			return nil, nothingSelected(r, namespace, objects)
		}
		return nil, c.missing(r, answer, "*", last)
	}
	return list, nil
}

// rule returns the rule of a metric in a namespace.
func (c *Custom) rule(info cma.CustomMetricInfo, namespace string) (*rule.Custom, error) {
	rules := c.rules.Rules()
	r := rules.FindCustom(info.GroupResource, info.Metric, namespace)
	if r == nil || r.Object.Namespaced != info.Namespaced {
		return nil, unknownCustom(rules, info, namespace)
	}
	return r, nil
}

// namespaceOf returns the namespace that determines the rule of an object's metric: the object's, or the object itself.
func namespaceOf(info cma.CustomMetricInfo, name types.NamespacedName) string {
	if info.GroupResource == rule.Namespaces.Resource && !info.Namespaced {
		return name.Name
	}
	return name.Namespace
}

// Serves reports whether a rule provides the metric in a namespace, which is the described one for a metric of
// namespaces.
func (c *Custom) Serves(info cma.CustomMetricInfo, namespace string) bool {
	r := c.rules.Rules().FindCustom(info.GroupResource, info.Metric, namespace)
	return r != nil && r.Object.Namespaced == info.Namespaced
}

// names returns the requested objects, sorted. Without a selector, objects without an informer are those that have
// values, which requires no permission to list them.
func (c *Custom) names(ctx context.Context, r *rule.Custom, answer result, namespace string, objects labels.Selector) ([]string, error) {
	if c.objects.watched(r.Object) == nil && objects.Empty() {
		var names []string
		rows := answer.table.Namespace(namespace)
		for i := range rows {
			names = append(names, rows[i].Object)
		}
		return slices.Compact(names), nil
	}
	selected, err := c.objects.Select(ctx, r.Object, namespace, objects)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(selected))
	for i := range selected {
		names[i] = selected[i].GetName()
	}
	return names, nil
}

// nothingSelected: no object matches.
func nothingSelected(r *rule.Custom, namespace string, objects labels.Selector) error {
	where := ""
	if r.Object.Namespaced {
		where = " in namespace " + namespace
	}
	if objects.Empty() {
		return notFound("no %s have a value of metric %s%s", r.Object.Resource, r.Name, where)
	}
	return notFound("the selector %s matches no %s%s", objects, r.Object.Resource, where)
}

func (c *Custom) value(r *rule.Custom, answer result, name types.NamespacedName) plan.Value {
	return answer.table.Merge(answer.table.Object(name.Namespace, name.Name), answer.filter, r.Result.Aggregation)
}

// missing states why an object has no value: it has no sample, or its state is unknown.
func (c *Custom) missing(r *rule.Custom, answer result, name string, value plan.Value) error {
	switch {
	case value.State == plan.Absent:
		return noValue(r.Object.Resource, r.Name, name, "Prometheus has no sample")
	case answer.table.Partial != "" || value.Stale:
		return unavailable(errors.New(value.Problem))
	}
	return noValue(r.Object.Resource, r.Name, name, value.Problem)
}

func metricValue(
	r *rule.Custom, name types.NamespacedName, selector labels.Selector, known plan.Value,
) (*custom_metrics.MetricValue, error) {
	milli, err := plan.Milli(known.Number)
	if err != nil {
		return nil, noValue(r.Object.Resource, r.Name, name.Name, err.Error())
	}
	value := &custom_metrics.MetricValue{
		DescribedObject: custom_metrics.ObjectReference{
			APIVersion: r.Object.Kind.GroupVersion().String(),
			Kind:       r.Object.Kind.Kind,
			Namespace:  name.Namespace,
			Name:       name.Name,
		},
		Metric:        custom_metrics.MetricIdentifier{Name: r.Name},
		Timestamp:     metav1.NewTime(known.Time),
		WindowSeconds: seconds(r.Window),
		Value:         *resource.NewMilliQuantity(milli, resource.DecimalSI),
	}
	if selector != nil && !selector.Empty() {
		if value.Metric.Selector, err = metav1.ParseToLabelSelector(selector.String()); err != nil {
			return nil, badRequest(err)
		}
	}
	return value, nil
}
