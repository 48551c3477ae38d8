package source

import (
	"testing"
	"testing/synctest"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/promtest"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

const rangeRules = `
resources:
  cpu: {containers: {query: "sum by (namespace, pod, container) (rate(cpu[2m]))"}}
custom:
- {name: requests, query: "sum by (namespace, pod) (rate(x[2m]))"}
- {name: orders, describes: services, query: "sum by (namespace, service) (rate(x[2m]))"}
- {name: newest, query: "sum by (namespace, pod) (last_over_time(x[2m]))"}
external:
- {name: sales, query: "sum by (namespace) (rate(x[2m]))"}
`

// TestReadingsAfterAGapArePartial reads each type of metric after Prometheus was down for two minutes, and one range later.
func TestReadingsAfterAGapArePartial(t *testing.T) {
	loaded, problems, err := rule.Load([]byte(rangeRules))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	set, more := loaded.Resolve(nil, rule.Builtin)
	if len(more) > 0 {
		t.Fatal(more)
	}
	pods := []engine.Pod{{Name: "a"}, {Name: "b"}}
	requests := []Request{
		{Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}, Pods: pods},
		{Metric: &engine.Metric{Type: engine.ContainerResource, Name: "cpu", Container: "app"}, Pods: pods},
		{Metric: &engine.Metric{Type: engine.Pods, Name: "requests"}, Pods: pods},
		{Metric: &engine.Metric{Type: engine.Object, Name: "orders", Object: engine.ObjectRef{APIVersion: "v1", Kind: "Service", Name: "api"}}},
		{Metric: &engine.Metric{Type: engine.External, Name: "sales"}},
		{Metric: &engine.Metric{Type: engine.Prometheus, Query: `sum(rate(x[2m]))`}},
		{Metric: &engine.Metric{Type: engine.Pods, Name: "newest"}, Pods: pods}, // reads one sample, and no range
	}
	for i := range requests {
		requests[i].Namespace = "shop"
	}
	synctest.Test(t, func(t *testing.T) {
		server, start := promtest.New(), time.Now()
		for after := time.Duration(0); after < 20*time.Minute; after += 15 * time.Second {
			if after >= 5*time.Minute && after < 7*time.Minute {
				continue
			}
			for _, pod := range []string{"a", "b"} {
				server.Add(start.Add(after), after.Seconds(), "__name__", "cpu", "namespace", "shop", "pod", pod, "container", "app")
				server.Add(start.Add(after), after.Seconds(), "__name__", "x", "namespace", "shop", "pod", pod, "service", "api")
			}
		}
		answers := store.New(server, store.Options{})
		defer answers.Close()
		direct := NewDirect(set, answers, "namespace")
		partialAfter := func(after time.Duration) (partial []string) {
			time.Sleep(time.Until(start.Add(after)))
			for i, r := range direct.Read(t.Context(), requests, time.Now()) {
				why := r.Partial
				if len(r.Pods) > 0 {
					why = r.Pods[0].Partial
				}
				if r.Problem != "" {
					t.Errorf("%s after the start the metric %d is unknown: %s", after, i, r.Problem)
				}
				partial = append(partial, why)
			}
			return partial
		}
		for i, why := range partialAfter(7*time.Minute + 20*time.Second) {
			if (why == "") != (i == 6) {
				t.Errorf("after the gap the metric %d is partial because of %q", i, why)
			}
		}
		partialAfter(8 * time.Minute)
		partialAfter(9*time.Minute + 20*time.Second)
		for i, why := range partialAfter(9*time.Minute + 40*time.Second) {
			if why != "" {
				t.Errorf("one range after the gap the metric %d is still partial: %s", i, why)
			}
		}
	})
}
