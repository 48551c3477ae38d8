package provider

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

// readPerNamespace returns the values of several namespaces, each by its rule. A failing rule omits its namespaces, as
// long as another rule has a value.
func (c *Custom) readPerNamespace(
	ctx context.Context, objects labels.Selector, info cma.CustomMetricInfo, selector labels.Selector,
) (*custom_metrics.MetricValueList, error) {
	rules := c.rules.Rules()
	all := rules.CustomRules(info.GroupResource, info.Metric)
	if len(all) == 0 {
		return nil, unknownCustom(rules, info, "")
	}
	list := &custom_metrics.MetricValueList{}
	var failed error
	for _, r := range all {
		part, err := c.bySelector(ctx, "", objects, r, info, selector)
		if err != nil {
			failed = err
			continue
		}
		for i := range part.Items {
			if name := part.Items[i].DescribedObject.Name; rules.FindCustom(info.GroupResource, info.Metric, name) == r {
				list.Items = append(list.Items, part.Items[i])
			}
		}
	}
	if len(list.Items) == 0 {
		if failed == nil {
			failed = noValue(info.GroupResource, info.Metric, "*", "Prometheus has no sample")
		}
		return nil, failed
	}
	slices.SortFunc(list.Items, func(a, b custom_metrics.MetricValue) int {
		return strings.Compare(a.DescribedObject.Name, b.DescribedObject.Name)
	})
	return list, nil
}
