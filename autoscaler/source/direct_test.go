package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
)

func TestDirect(t *testing.T) {
	pods := func(names ...string) (all []engine.Pod) {
		for _, name := range names {
			all = append(all, engine.Pod{Name: name})
		}
		return all
	}
	for _, test := range []struct {
		name    string
		request Request
		want    engine.Reading
		problem string
	}{
		{
			name:    "a resource is summed over the containers",
			request: Request{Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}, Pods: pods("web-1", "web-2", "web-9")},
			want:    engine.Reading{Pods: []engine.Sample{known(375, 2*time.Minute), known(500, 2*time.Minute), none}},
		},
		{
			name: "a pod that lacks a container's sample is missing",
			request: Request{
				Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}, Pods: pods("web-1", "web-2"),
				Containers: [][]string{{"app", "proxy"}, {"app", "proxy"}},
			},
			want: engine.Reading{Pods: []engine.Sample{known(375, 2*time.Minute), none}},
		},
		{
			name: "a container that the pod does not have does not count",
			request: Request{
				Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}, Pods: pods("web-1"), Containers: [][]string{{"app"}},
			},
			want: engine.Reading{Pods: []engine.Sample{known(250, 2*time.Minute)}},
		},
		{
			name:    "one container of each pod",
			request: Request{Metric: &engine.Metric{Type: engine.ContainerResource, Name: "cpu", Container: "proxy"}, Pods: pods("web-1", "web-2")},
			want:    engine.Reading{Pods: []engine.Sample{known(125, 2*time.Minute), none}},
		},
		{
			name:    "another namespace's pod is not ours",
			request: Request{Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}, Pods: pods("web-3")},
			problem: "none of the 1 pods has a sample of cpu",
		},
		{
			name:    "no pods at all is no problem of the metric",
			request: Request{Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}},
			want:    engine.Reading{Pods: []engine.Sample{}},
		},
		{
			name:    "a pods metric is merged over its further labels, and NaN is no value",
			request: Request{Metric: &engine.Metric{Type: engine.Pods, Name: "requests"}, Pods: pods("web-3", "web-2", "web-1")},
			want:    engine.Reading{Pods: []engine.Sample{known(30_000, time.Minute), none, known(42_000, time.Minute)}},
		},
		{
			name:    "a selector picks of the same answer",
			request: Request{Metric: &engine.Metric{Type: engine.Pods, Name: "requests", Selector: "code=500"}, Pods: pods("web-1", "web-3")},
			want:    engine.Reading{Pods: []engine.Sample{known(2_000, time.Minute), none}},
		},
		{
			name:    "all NaN says so",
			request: Request{Metric: &engine.Metric{Type: engine.Pods, Name: "requests"}, Pods: pods("web-2")},
			problem: "none of the 1 pods has a sample of requests: pod web-2: the value is NaN",
		},
		{
			name:    "an object",
			request: Request{Metric: &engine.Metric{Type: engine.Object, Name: "depth", Object: engine.ObjectRef{APIVersion: "v1", Kind: "Service", Name: "api"}}},
			want:    engine.Reading{Value: 7500},
		},
		{
			name:    "an object without a sample is unknown, not zero",
			request: Request{Metric: &engine.Metric{Type: engine.Object, Name: "depth", Object: engine.ObjectRef{Kind: "Service", Name: "web"}}},
			problem: "no sample of depth for Service web",
		},
		{
			name:    "a namespace is the autoscaler's own, whatever is named",
			request: Request{Metric: &engine.Metric{Type: engine.Object, Name: "spend", Object: engine.ObjectRef{APIVersion: "v1", Kind: "Namespace", Name: "bank"}}},
			want:    engine.Reading{Value: 3000},
		},
		{
			name:    "nodes are nobody's",
			request: Request{Metric: &engine.Metric{Type: engine.Object, Name: "heat", Object: engine.ObjectRef{APIVersion: "v1", Kind: "Node", Name: "n1"}}},
			problem: "metrics of nodes have no namespace",
		},
		{
			name:    "an external metric is summed over the namespace's series",
			request: Request{Metric: &engine.Metric{Type: engine.External, Name: "queue"}},
			want:    engine.Reading{Value: 15_000},
		},
		{
			name:    "an external metric with a selector",
			request: Request{Metric: &engine.Metric{Type: engine.External, Name: "queue", Selector: "topic=b"}},
			want:    engine.Reading{Value: 5_000},
		},
		{
			name:    "no series is unknown, not zero",
			request: Request{Metric: &engine.Metric{Type: engine.External, Name: "queue", Selector: "topic=c"}},
			problem: "no series of queue for this namespace and selector",
		},
		{
			name:    "a cluster-wide metric",
			request: Request{Metric: &engine.Metric{Type: engine.External, Name: "world"}},
			want:    engine.Reading{Value: 3_000},
		},
		{
			name:    "a query is kept to its namespace and rounded to thousandths",
			request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[1m]))"}},
			want:    engine.Reading{Value: 12_346, Window: time.Minute},
		},
		{
			name:    "a query for a scalar",
			request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: "scalar(sum(flat))"}},
			want:    engine.Reading{Value: 5_000},
		},
		{name: "a query of many", request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: "rate(x[1m])"}}, problem: "2 series instead of one number"},
		{name: "a query of nothing", request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum(nothing)"}}, problem: "no series matches it"},
		{name: "a query beyond measure", request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum(big)"}}, problem: "beyond what a metric can hold"},
		{name: "a query of NaN", request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum(odd)"}}, problem: "NaN"},
		{name: "a broken query", request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum("}}, problem: "not PromQL"},
		{name: "a query of another namespace", request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: `x{namespace="bank"}`}}, problem: `may only read namespace="shop"`},
		{name: "a selector that is none", request: Request{Metric: &engine.Metric{Type: engine.External, Name: "queue", Selector: "a b c"}}, problem: "metric selector"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.request.Namespace = "shop"
			got := direct(t, &backend{series: someSeries(), time: now.Add(-5 * time.Second)}).Read(t.Context(), []Request{test.request}, now)[0]
			if got.Via != ViaDirect {
				t.Errorf("it came via %q", got.Via)
			}
			if test.problem != "" {
				if !strings.Contains(got.Problem, test.problem) || got.Value != 0 || got.Pods != nil {
					t.Errorf("got %+v, want the problem %q and no value", got, test.problem)
				}
				return
			}
			test.want.Via, test.want.Time = ViaDirect, now.Add(-5*time.Second)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneQueryServesAThousandAutoscalers(t *testing.T) {
	b := &backend{series: someSeries(), time: now}
	requests := make([]Request, 1000)
	for i := range requests {
		requests[i] = Request{
			Namespace: fmt.Sprintf("team-%d", i), Pods: []engine.Pod{{Name: "web-1"}},
			Metric: &engine.Metric{Type: engine.Resource, Name: "cpu", Target: int64(i)},
		}
	}
	direct(t, b).Read(t.Context(), requests, now)
	if diff := cmp.Diff([]string{cpuQuery}, b.asked); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
}

func TestOneBadRequestLeavesTheOthersAlone(t *testing.T) {
	got := direct(t, &backend{series: someSeries(), time: now}).Read(t.Context(), []Request{
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum("}},
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.External, Name: "queue"}},
	}, now)
	if got[0].Problem == "" || got[1].Problem != "" || got[1].Value != 15_000 {
		t.Errorf("readings are %+v", got)
	}
}

func TestAgeAndOutage(t *testing.T) {
	metric := &engine.Metric{Type: engine.External, Name: "queue"}
	strict := &engine.Metric{Type: engine.External, Name: "queue", MaxAge: 30 * time.Second}
	refused := errors.New("connection refused")
	for _, test := range []struct {
		name    string
		metric  *engine.Metric
		backend backend
		problem string
	}{
		{"young", metric, backend{time: now.Add(-time.Minute)}, ""},
		{"young, in an outage", metric, backend{time: now.Add(-time.Minute), err: refused}, ""},
		{"too old for the rule", metric, backend{time: now.Add(-3 * time.Minute), err: refused}, "connection refused; the last successful answer is 3m0s old, and must be at most 2m0s"},
		{"too old for the spec", strict, backend{time: now.Add(-time.Minute)}, "1m0s old, and must be at most 30s"},
		{"never there", metric, backend{err: refused}, "connection refused"},
		{"a partial answer", metric, backend{time: now, partial: "a store is away"}, "may be incomplete: a store is away"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.backend.series = someSeries()
			got := direct(t, &test.backend).Read(t.Context(), []Request{{Namespace: "shop", Metric: test.metric}}, now)[0]
			if (got.Problem == "") != (test.problem == "") || !strings.Contains(got.Problem, test.problem) {
				t.Errorf("the problem is %q, want %q", got.Problem, test.problem)
			}
		})
	}
}

func TestUnusedPlansAreDropped(t *testing.T) {
	var p plans
	made := 0
	compute := func(planKey) *planned { made++; return &planned{} }
	ask := func(i int) { p.get(planKey{namespace: fmt.Sprint(i)}, compute) }
	for i := range 3 * plansKept {
		ask(i)
		ask(0) // is asked all the time
	}
	if made != 3*plansKept {
		t.Errorf("%d plans were made of %d questions", made, 3*plansKept)
	}
	if n := len(p.young) + len(p.older); n > 2*plansKept {
		t.Errorf("%d plans are kept", n)
	}
}
