package provider

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// shared has rules with one name for two namespaces, in prometheus-adapter's format, and rules in Flyball's format whose names
// have upper-case letters.
const shared = `
rules:
- seriesQuery: 'requests_total{namespace="shop",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {as: rate}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
- seriesQuery: 'calls_total{namespace="bank",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {as: rate}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
externalRules:
- seriesQuery: 'orders{namespace="shop"}'
  resources: {overrides: {namespace: {resource: namespace}}}
  name: {as: open}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'
- seriesQuery: 'jobs{namespace="bank"}'
  resources: {overrides: {namespace: {resource: namespace}}}
  name: {as: open}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'
external:
- {name: MailQueue, query: 'sum by (namespace) (mail{namespace!=""})'}
- {name: Twice, query: 'sum by (namespace) (a)'}
- {name: tWice, query: 'sum by (namespace) (b)'}
`

// bySeries answers a query with one element for each namespace; the value identifies the series that the query reads.
type bySeries map[string]float64

func (b bySeries) Read(_ context.Context, wants []plan.Request) []store.Answer {
	answers := make([]store.Answer, len(wants))
	for i, want := range wants {
		var rows model.Vector
		for series, value := range b {
			if !strings.Contains(want.Query.Text, "("+series+"{") {
				continue
			}
			for namespace, pod := range map[string]string{"shop": "web-1", "bank": "till-1"} {
				labels := []string{"namespace", namespace}
				if want.Query.Object == "pod" {
					labels = append(labels, "pod", pod)
				}
				rows = append(rows, sample(value, labels...))
			}
		}
		answers[i] = store.Answer{Time: time.Now(), Table: plan.NewTable(want.Query, rows, "")}
	}
	return answers
}

var distinct = bySeries{"requests_total": 1, "calls_total": 2, "orders": 3, "jobs": 4, "mail": 5}

func TestRulesWithOneNameServeTheirNamespaces(t *testing.T) {
	rules := setOf(t, shared)
	c, e := NewCustom(rules, distinct, objects(t)), NewExternal(rules, distinct)
	rate := cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "rate"}
	for namespace, want := range map[string][3]string{"shop": {"web-1", "1", "3"}, "bank": {"till-1", "2", "4"}} {
		one, err := c.GetMetricByName(t.Context(), types.NamespacedName{Namespace: namespace, Name: want[0]}, rate, labels.Everything())
		if err != nil || one.Value.String() != want[1] {
			t.Errorf("in %s %s has %v, %v, want %s", namespace, want[0], one, err, want[1])
		}
		some, err := c.GetMetricBySelector(t.Context(), namespace, labels.Everything(), rate, labels.Everything())
		if err != nil || len(some.Items) != 1 || some.Items[0].Value.String() != want[1] {
			t.Errorf("in %s pods have %v, %v, want %s", namespace, some, err, want[1])
		}
		list, err := e.GetExternalMetric(t.Context(), namespace, labels.Everything(), cma.ExternalMetricInfo{Metric: "open"})
		if err != nil || len(list.Items) != 1 || list.Items[0].Value.String() != want[2] {
			t.Errorf("in %s open is %v, %v, want %s", namespace, list, err, want[2])
		}
	}
	of := cma.CustomMetricInfo{GroupResource: rule.Namespaces.Resource, Metric: "rate"}
	for namespace, want := range map[string]string{"shop": "1", "bank": "2"} {
		one, err := c.GetMetricByName(t.Context(), types.NamespacedName{Name: namespace}, of, labels.Everything())
		if err != nil || one.Value.String() != want {
			t.Errorf("the namespace %s has %v, %v, want %s", namespace, one, err, want)
		}
	}
	all, err := c.GetMetricBySelector(t.Context(), "", labels.Everything(), of, labels.Everything())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, item := range all.Items {
		got[item.DescribedObject.Name] = item.Value.String()
	}
	if diff := cmp.Diff(map[string]string{"shop": "1", "bank": "2"}, got); diff != "" {
		t.Errorf("namespaces (-want +got):\n%s", diff)
	}
}

func TestNamespaceWithoutRule(t *testing.T) {
	rules := setOf(t, shared)
	c, e := NewCustom(rules, distinct, objects(t)), NewExternal(rules, distinct)
	rate := cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "rate"}
	one, err := c.GetMetricByName(t.Context(), types.NamespacedName{Namespace: "other", Name: "x"}, rate, labels.Everything())
	refusal(t, one, err, 404, `no rule provides metric rate for pods in namespace other: rules provide it where namespace="bank", or namespace="shop"`)
	list, err := e.GetExternalMetric(t.Context(), "other", labels.Everything(), cma.ExternalMetricInfo{Metric: "open"})
	refusal(t, list, err, 404, `no rule provides external metric open in namespace other: rules provide it where namespace="bank", or namespace="shop"`)
	if c.Serves(rate, "other") || e.Serves(cma.ExternalMetricInfo{Metric: "open"}, "other") || !c.Serves(rate, "shop") || !e.Serves(cma.ExternalMetricInfo{Metric: "open"}, "bank") {
		t.Error("what is served is not told by its namespace, so that another provider is asked, or is not, in the wrong ones")
	}
}

func TestLowerCaseNames(t *testing.T) {
	e := NewExternal(setOf(t, shared), distinct)
	for _, name := range []string{"MailQueue", "mailqueue"} {
		list, err := e.GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: name})
		if err != nil || len(list.Items) != 1 || list.Items[0].Value.String() != "5" {
			t.Errorf("%s is %v, %v", name, list, err)
		}
	}
	list, err := e.GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "twice"})
	refusal(t, list, err, 404, "it matches several metrics: Twice and tWice")
}

func TestEachNameIsListedOnce(t *testing.T) {
	rules := setOf(t, shared)
	want := []cma.ExternalMetricInfo{{Metric: "MailQueue"}, {Metric: "mailqueue"}, {Metric: "Twice"}, {Metric: "tWice"}, {Metric: "open"}}
	if diff := cmp.Diff(want, NewExternal(rules, nil).ListAllExternalMetrics()); diff != "" {
		t.Errorf("external metrics (-want +got):\n%s", diff)
	}
	customs := []cma.CustomMetricInfo{{GroupResource: rule.Namespaces.Resource, Metric: "rate"}, {GroupResource: inPods, Namespaced: true, Metric: "rate"}}
	if diff := cmp.Diff(customs, NewCustom(rules, nil, nil).ListAllMetrics()); diff != "" {
		t.Errorf("custom metrics (-want +got):\n%s", diff)
	}
}
