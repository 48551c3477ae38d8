package provider

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

func TestRequestsAreCountedByResult(t *testing.T) {
	registry := prometheus.NewRegistry()
	requests := NewRequests(registry)
	pods := cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "pods"}, Namespaced: true, Metric: "requests"}
	none := pods
	none.Metric = "none"
	good, down := backend{}, backend{never: true, err: errors.New("connection refused")}
	for _, b := range []backend{good, down} {
		c := CountedCustom{NewCustom(set(t), b, objects(t)), requests}
		for _, ask := range []struct {
			object string
			info   cma.CustomMetricInfo
		}{{"web-1", pods}, {"web-3", pods}, {"web-1", none}} {
			_, _ = c.GetMetricByName(t.Context(), types.NamespacedName{Namespace: "shop", Name: ask.object}, ask.info, labels.Everything())
		}
		_, _ = c.GetMetricBySelector(t.Context(), "shop", labels.Everything(), pods, selector(t, "size>1"))
		e := CountedExternal{NewExternal(set(t), b), requests}
		_, _ = e.GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "queue"})
		_, _ = e.GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "none"})
		p, n := NewCountedUsage(Pods{resources(t, b)}, requests), NewCountedUsage(Nodes{resources(t, b)}, requests)
		_, _ = p.Get(in(t, "shop"), "web-1", nil)
		_, _ = p.Get(in(t, "shop"), "gone", nil)
		_, _ = p.List(in(t, "shop"), nil)
		_, _ = n.Get(in(t, ""), "n1", nil)
		_, _ = n.List(in(t, ""), nil)
	}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP flyball_metricsadapter_requests_total Requests for metrics, by API (custom, external, resource) and result: served, unknown_metric (no rule provides it), no_value (the object has none), unavailable (no recent result from Prometheus), invalid (bad request), failed.
# TYPE flyball_metricsadapter_requests_total counter
flyball_metricsadapter_requests_total{api="custom",result="invalid"} 2
flyball_metricsadapter_requests_total{api="custom",result="no_value"} 1
flyball_metricsadapter_requests_total{api="custom",result="served"} 1
flyball_metricsadapter_requests_total{api="custom",result="unavailable"} 2
flyball_metricsadapter_requests_total{api="custom",result="unknown_metric"} 2
flyball_metricsadapter_requests_total{api="external",result="served"} 1
flyball_metricsadapter_requests_total{api="external",result="unavailable"} 1
flyball_metricsadapter_requests_total{api="external",result="unknown_metric"} 2
flyball_metricsadapter_requests_total{api="resource",result="no_value"} 2
flyball_metricsadapter_requests_total{api="resource",result="served"} 4
flyball_metricsadapter_requests_total{api="resource",result="unavailable"} 4
`)); err != nil {
		t.Error(err)
	}
	if got := resultLabel(errors.New("a bug"), true); got != "failed" {
		t.Errorf("an error without status is counted as %s", got)
	}
}
