package provider

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/store"
)

// TestStaleSampleIsNotServed: the query succeeds, but the sample of one pod is too old. Only this pod has no value, and
// the error states the age of the sample.
func TestStaleSampleIsNotServed(t *testing.T) {
	rules := setOf(t, `
custom: [{name: requests, query: "sum by (namespace, pod) (requests)"}]
external: [{name: queue, query: "sum by (namespace, pod) (requests)"}]
`)
	now := time.Now()
	query, _, err := plan.ForRule(&rules.Custom[0].MetricQuery, plan.Selector{}, plan.ObjectRef{})
	if err != nil {
		t.Fatal(err)
	}
	of := func(young, old float64) model.Vector {
		return model.Vector{sample(young, "namespace", "shop", "pod", "web-1"), sample(old, "namespace", "shop", "pod", "web-2")}
	}
	table := plan.NewTimedTable(query, of(1, 2), "", plan.SampleTimes{
		Companion: plan.Companion{Lookback: 10 * time.Minute}, Time: now,
		Vector: of(float64(now.Unix()-30), float64(now.Unix()-180)),
	})
	c := NewCustom(rules, ready{store.Answer{Time: now, Table: table}}, objects(t))
	info := cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "requests"}

	list, err := c.GetMetricBySelector(t.Context(), "shop", labels.Everything(), info, labels.Everything())
	if err != nil || len(list.Items) != 1 || list.Items[0].DescribedObject.Name != "web-1" {
		t.Errorf("of both pods: %+v, %v", list, err)
	} else if age := now.Sub(list.Items[0].Timestamp.Time).Round(time.Second); age < 29*time.Second || age > 31*time.Second {
		t.Errorf("the sample claims to be %s old, and is 30s", age)
	}
	got, err := c.GetMetricByName(t.Context(), types.NamespacedName{Namespace: "shop", Name: "web-2"}, info, labels.Everything())
	refusal(t, got, err, 503, "s old, and must be at most 2m0s")

	// A sum without this pod is too small.
	series, err := NewExternal(rules, ready{store.Answer{Time: now, Table: table}}).
		GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "queue"})
	refusal(t, series, err, 503, "s old, and must be at most 2m0s")
}
