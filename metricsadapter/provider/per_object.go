package provider

import (
	"context"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/rule"
)

// readPerObject reads a metric that requires one query per object. It omits objects without a value, as long as another
// one has a value.
func (c *Custom) readPerObject(
	ctx context.Context, namespace string, objects labels.Selector, r *rule.Custom, info cma.CustomMetricInfo, selector labels.Selector,
) (*custom_metrics.MetricValueList, error) {
	selected, err := c.objects.Select(ctx, r.Object, namespace, objects)
	if err != nil {
		return nil, err
	}
	list := &custom_metrics.MetricValueList{}
	last := noValue(info.GroupResource, info.Metric, "*", "the selector "+objects.String()+" matches no object in namespace "+namespace)
	for _, o := range selected {
		value, err := c.GetMetricByName(ctx, types.NamespacedName{Namespace: namespace, Name: o.GetName()}, info, selector)
		if err != nil {
			last = err
			continue
		}
		list.Items = append(list.Items, *value)
	}
	if len(list.Items) == 0 {
		return nil, last
	}
	return list, nil
}
