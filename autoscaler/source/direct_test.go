package source

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

const rules = `
resources:
  cpu: {containers: {query: "max by (namespace, pod, container) (rate(cpu[2m]))"}}
custom:
- {name: requests, query: "sum by (namespace, pod, code) (rate(requests[1m]))"}
- {name: depth, describes: services, query: "max by (namespace, service) (depth)"}
- {name: spend, describes: namespaces, query: "sum by (namespace) (spend)"}
- {name: heat, describes: nodes, query: "sum by (node) (heat)"}
external:
- {name: queue, query: "sum by (namespace, topic) (queue)"}
- {name: world, query: "sum by (region) (world)", clusterWide: true}
`

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// backend answers from a table of series by query, as a store does.
type backend struct {
	series  map[string]model.Vector
	partial string
	at      time.Time
	err     error
	asked   []string
}

func (b *backend) Read(_ context.Context, queries []plan.Query) []store.Answer {
	answers := make([]store.Answer, len(queries))
	for i, q := range queries {
		b.asked = append(b.asked, q.Text)
		answers[i] = store.Answer{At: b.at, Err: b.err}
		if !b.at.IsZero() {
			answers[i].Table = plan.NewTable(q, b.series[q.Text], b.partial)
		}
	}
	return answers
}

const (
	cpuQuery      = `max by (container, namespace, pod) (rate(cpu[2m]))`
	requestsQuery = `sum by (code, namespace, pod) (rate(requests[1m]))`
	queueQuery    = `sum by (namespace, topic) (queue)`
)

func someSeries() map[string]model.Vector {
	return map[string]model.Vector{
		cpuQuery: {
			sample(0.25, "namespace", "shop", "pod", "web-1", "container", "app"),
			sample(0.125, "namespace", "shop", "pod", "web-1", "container", "proxy"),
			sample(0.5, "namespace", "shop", "pod", "web-2", "container", "app"),
			sample(9, "namespace", "bank", "pod", "web-3", "container", "app"),
		},
		requestsQuery: {
			sample(40, "namespace", "shop", "pod", "web-1", "code", "200"),
			sample(2, "namespace", "shop", "pod", "web-1", "code", "500"),
			sample(math.NaN(), "namespace", "shop", "pod", "web-2", "code", "200"),
			sample(30, "namespace", "shop", "pod", "web-3", "code", "200"),
		},
		`max by (namespace, service) (depth)`: {sample(7.5, "namespace", "shop", "service", "api")},
		`sum by (namespace) (spend)`:          {sample(3, "namespace", "shop"), sample(4, "namespace", "bank")},
		queueQuery:                            {sample(10, "namespace", "shop", "topic", "a"), sample(5, "namespace", "shop", "topic", "b"), sample(99, "namespace", "bank", "topic", "a")},
		`sum by (region) (world)`:             {sample(1, "region", "eu"), sample(2, "region", "us")},
		`sum(rate(x{namespace="shop"}[1m]))`:  {sample(12.3456)},
		`rate(x{namespace="shop"}[1m])`:       {sample(1, "a", "b"), sample(1, "a", "c")},
		`sum(big{namespace="shop"})`:          {sample(1e300)},
		`sum(odd{namespace="shop"})`:          {sample(math.NaN())},
		`scalar(sum(flat{namespace="shop"}))`: {sample(5)},
	}
}

// known and none spell expected samples.
func known(value int64, window time.Duration) engine.Sample {
	return engine.Sample{Known: true, Value: value, Time: now.Add(-5 * time.Second), Window: window}
}

var none engine.Sample

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
			problem: "there is no sample of depth for Service web",
		},
		{
			name:    "a namespace is the autoscaler's own, whatever is named",
			request: Request{Metric: &engine.Metric{Type: engine.Object, Name: "spend", Object: engine.ObjectRef{APIVersion: "v1", Kind: "Namespace", Name: "bank"}}},
			want:    engine.Reading{Value: 3000},
		},
		{
			name:    "nodes are nobody's",
			request: Request{Metric: &engine.Metric{Type: engine.Object, Name: "heat", Object: engine.ObjectRef{APIVersion: "v1", Kind: "Node", Name: "n1"}}},
			problem: "metrics of nodes belong to no namespace",
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
			problem: "there is no series of queue for this namespace and selector",
		},
		{
			name:    "a cluster-wide metric",
			request: Request{Metric: &engine.Metric{Type: engine.External, Name: "world"}},
			want:    engine.Reading{Value: 3_000},
		},
		{
			name:    "a query is kept to its namespace and rounded to thousandths",
			request: Request{Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[1m]))"}},
			want:    engine.Reading{Value: 12_346},
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
			got := direct(t, &backend{series: someSeries(), at: now.Add(-5 * time.Second)}).Read(t.Context(), []Request{test.request}, now)[0]
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

func TestAThousandAutoscalersOfAMetricAskOnce(t *testing.T) {
	b := &backend{series: someSeries(), at: now}
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
	got := direct(t, &backend{series: someSeries(), at: now}).Read(t.Context(), []Request{
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
		{"young", metric, backend{at: now.Add(-time.Minute)}, ""},
		{"young, in an outage", metric, backend{at: now.Add(-time.Minute), err: refused}, ""},
		{"too old for the rule", metric, backend{at: now.Add(-3 * time.Minute), err: refused}, "connection refused; the last good answer is 3m0s old, and may be 2m0s"},
		{"too old for the spec", strict, backend{at: now.Add(-time.Minute)}, "1m0s old, and may be 30s"},
		{"never there", metric, backend{err: refused}, "connection refused"},
		{"a partial answer", metric, backend{at: now, partial: "a store is away"}, "may be incomplete: a store is away"},
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

func TestPlansAreForgotten(t *testing.T) {
	var p plans
	made := 0
	compute := func(question) *planned { made++; return &planned{} }
	ask := func(i int) { p.get(question{namespace: fmt.Sprint(i)}, compute) }
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

// BenchmarkDirect is a whole batch: autoscalers of one CPU metric, five pods each.
func BenchmarkDirect(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("autoscalers=%d", n), func(b *testing.B) {
			var vector model.Vector
			requests := make([]Request, n)
			metric := &engine.Metric{Type: engine.Resource, Name: "cpu"}
			for i := range requests {
				requests[i] = Request{Namespace: fmt.Sprintf("team-%d", i%100), Metric: metric}
				for p := range 5 {
					name := fmt.Sprintf("web-%d-%d", i, p)
					requests[i].Pods = append(requests[i].Pods, engine.Pod{Name: name})
					vector = append(vector, sample(0.5, "namespace", requests[i].Namespace, "pod", name, "container", "app"))
				}
			}
			table := plan.NewTable(plan.Query{Namespace: "namespace", Object: "pod"}, vector, "")
			d := direct(b, answered{store.Answer{Table: table, At: now}})
			b.ReportAllocs()
			for b.Loop() {
				for _, r := range d.Read(b.Context(), requests, now) {
					if r.Problem != "" {
						b.Fatal(r.Problem)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/autoscaler")
		})
	}
}

// answered gives one answer to all.
type answered struct{ answer store.Answer }

func (a answered) Read(_ context.Context, queries []plan.Query) []store.Answer {
	answers := make([]store.Answer, len(queries))
	for i := range answers {
		answers[i] = a.answer
	}
	return answers
}

func direct(t testing.TB, answers Answers) *Direct {
	t.Helper()
	set, problems, err := rule.Load([]byte(rules))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return NewDirect(set, answers, "namespace")
}

func sample(value float64, labels ...string) *model.Sample {
	metric := model.Metric{}
	for i := 0; i < len(labels); i += 2 {
		metric[model.LabelName(labels[i])] = model.LabelValue(labels[i+1])
	}
	return &model.Sample{Metric: metric, Value: model.SampleValue(value)}
}
