package provider

import (
	"context"
	"errors"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/metrics/pkg/apis/external_metrics"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
)

// External serves external.metrics.k8s.io.
type External struct {
	rules   Rules
	answers Answers
	listed  metricListCache[cma.ExternalMetricInfo]
}

var _ cma.ExternalMetricsProvider = (*External)(nil)

// NewExternal returns the provider of the rules' external metrics.
func NewExternal(rules Rules, answers Answers) *External {
	return &External{rules: rules, answers: answers}
}

// ListAllExternalMetrics returns one entry for each metric, and one for its lower-case name where that identifies it.
func (e *External) ListAllExternalMetrics() []cma.ExternalMetricInfo {
	return e.listed.of(e.rules.Rules(), listExternal)
}

func listExternal(rules *rule.Set) []cma.ExternalMetricInfo {
	list := make([]cma.ExternalMetricInfo, 0, len(rules.External))
	for _, name := range rules.ExternalNames() {
		list = append(list, cma.ExternalMetricInfo{Metric: name})
		lower := strings.ToLower(name)
		if lower != name && len(rules.ExternalRules(lower)) == 0 && len(rules.CaseVariants(lower)) == 1 {
			list = append(list, cma.ExternalMetricInfo{Metric: lower})
		}
	}
	if len(list) == 0 {
		return []cma.ExternalMetricInfo{{Metric: Placeholder}}
	}
	return list
}

// Serves reports whether a rule provides the metric in a namespace.
func (e *External) Serves(info cma.ExternalMetricInfo, namespace string) bool {
	return e.rules.Rules().FindExternal(info.Metric, namespace) != nil
}

// GetExternalMetric returns the series of a metric that the namespace may read and the selector matches. A client that
// sums them requires all: one series without a value fails the request.
func (e *External) GetExternalMetric(
	ctx context.Context, namespace string, selector labels.Selector, info cma.ExternalMetricInfo,
) (*external_metrics.ExternalMetricValueList, error) {
	resource := schema.GroupResource{Group: external_metrics.GroupName, Resource: "externalmetrics"}
	rules := e.rules.Rules()
	r := rules.FindExternal(info.Metric, namespace)
	if r == nil {
		return nil, unknownExternal(rules, info.Metric, namespace)
	}
	answer, err := read(ctx, e.answers, &r.MetricQuery, plan.ObjectRef{Namespace: namespace}, plan.NewSelector(selector))
	if err != nil {
		return nil, err
	}
	if answer.table.Partial != "" {
		return nil, unavailable(errors.New("the answer may be incomplete: " + answer.table.Partial))
	}
	rows := answer.table.Namespace(namespace)
	if r.Labels.Namespace == "" {
		rows = answer.table.Rows()
	}
	list := &external_metrics.ExternalMetricValueList{}
	for i := range rows {
		if !answer.filter.Match(&rows[i]) {
			continue
		}
		if answer.table.Stale(&rows[i]) {
			return nil, unavailable(errors.New(answer.table.Problem(&rows[i])))
		}
		item, err := externalValue(r, &rows[i], answer)
		if err != nil {
			return nil, noValue(resource, r.Name, namespace, err.Error())
		}
		list.Items = append(list.Items, *item)
	}
	if len(list.Items) == 0 {
		return nil, noValue(resource, r.Name, namespace, "Prometheus has no series for this namespace and selector")
	}
	return list, nil
}

func externalValue(r *rule.External, row *plan.Row, answer result) (*external_metrics.ExternalMetricValue, error) {
	if row.Problem != "" {
		return nil, errors.New(row.Problem)
	}
	milli, err := plan.Milli(row.Value)
	if err != nil {
		return nil, err
	}
	series := make(map[string]string, len(row.OtherLabels)+1)
	if r.Labels.Namespace != "" {
		series[r.Labels.Namespace] = row.Namespace
	}
	for _, l := range row.OtherLabels {
		series[l.Name] = l.Value
	}
	return &external_metrics.ExternalMetricValue{
		MetricName:    r.Name,
		MetricLabels:  series,
		Timestamp:     metav1.NewTime(answer.table.Time(row)),
		WindowSeconds: seconds(r.Window),
		Value:         *resource.NewMilliQuantity(milli, resource.DecimalSI),
	}, nil
}
