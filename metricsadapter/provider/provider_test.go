package provider

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/model"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

const rules = `
resources:
  cpu:
    containers: {query: "max by (namespace, pod, container) (rate(cpu[2m]))"}
    nodes: {query: "max by (node) (rate(node_cpu[2m]))"}
  memory:
    containers: {query: "max by (namespace, pod, container) (memory)"}
    nodes: {query: "max by (node) (node_memory)"}
custom:
- {name: requests, query: "sum by (namespace, pod, code) (rate(requests[1m]))"}
- {name: depth, describes: services, query: "max by (namespace, service) (depth)"}
- {name: spend, describes: namespaces, query: "sum by (namespace) (spend)"}
external:
- {name: queue, query: "sum by (namespace, topic) (queue)"}
- {name: world, query: "sum by (region) (world)", clusterWide: true}
`

var series = map[string]model.Vector{
	`max by (container, namespace, pod) (rate(cpu[2m]))`: {
		sample(0.25, "namespace", "shop", "pod", "web-1", "container", "app"),
		sample(0.0000005, "namespace", "shop", "pod", "web-1", "container", "proxy"),
		sample(0.5, "namespace", "shop", "pod", "web-2", "container", "app"),
		sample(0.5, "namespace", "bank", "pod", "till-1", "container", "app"),
	},
	`max by (container, namespace, pod) (memory)`: {
		sample(64<<20, "namespace", "shop", "pod", "web-1", "container", "app"),
		sample(20e9, "namespace", "shop", "pod", "web-1", "container", "proxy"),
		sample(64<<20, "namespace", "shop", "pod", "web-2", "container", "app"),
		sample(1<<20, "namespace", "shop", "pod", "web-2", "container", "proxy"), // has no CPU sample yet
		sample(64<<20, "namespace", "bank", "pod", "till-1", "container", "app"),
	},
	`max by (node) (rate(node_cpu[2m]))`: {sample(1.5, "node", "n1"), sample(2, "node", "n2")},
	`max by (node) (node_memory)`:        {sample(1<<30, "node", "n1"), sample(math.NaN(), "node", "n2")},
	`sum by (code, namespace, pod) (rate(requests[1m]))`: {
		sample(40, "namespace", "shop", "pod", "web-1", "code", "200"),
		sample(2.5, "namespace", "shop", "pod", "web-1", "code", "500"),
		sample(math.NaN(), "namespace", "shop", "pod", "web-2", "code", "200"),
		sample(7, "namespace", "shop", "pod", "gone", "code", "200"),
	},
	`max by (namespace, service) (depth)`: {sample(7, "namespace", "shop", "service", "api"), sample(8, "namespace", "shop", "service", "web")},
	`sum by (namespace) (spend)`:          {sample(3, "namespace", "shop")},
	`sum by (namespace, topic) (queue)`: {
		sample(10, "namespace", "shop", "topic", "a"), sample(5, "namespace", "shop", "topic", "b"),
		sample(math.Inf(1), "namespace", "bank", "topic", "a"),
	},
	`sum by (region) (world)`: {sample(1, "region", "eu")},
}

// backend answers from the series, as a store does.
type backend struct {
	age     time.Duration
	err     error
	partial string
	never   bool
}

func (b backend) Read(_ context.Context, queries []plan.Query) []store.Answer {
	answers := make([]store.Answer, len(queries))
	for i, q := range queries {
		answers[i].Err = b.err
		if !b.never {
			answers[i].At = time.Now().Add(-b.age)
			answers[i].Table = plan.NewTable(q, series[q.Text], b.partial)
		}
	}
	return answers
}

var inPods = schema.GroupResource{Resource: "pods"}

func TestByName(t *testing.T) {
	c := NewCustom(set(t), backend{age: 3 * time.Second}, objects(t))
	got, err := c.GetMetricByName(t.Context(), types.NamespacedName{Namespace: "shop", Name: "web-1"},
		cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "requests"}, selector(t, "code=500"))
	if err != nil {
		t.Fatal(err)
	}
	if age := time.Since(got.Timestamp.Time); age < 3*time.Second || age > time.Minute {
		t.Errorf("the sample claims to be %s old, and is 3s", age)
	}
	if value := got.Value.String(); value != "2500m" {
		t.Errorf("the value is %s, want 2500m", value)
	}
	window := int64(60)
	got.Timestamp = metav1.Time{}
	want := &custom_metrics.MetricValue{
		DescribedObject: custom_metrics.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "web-1"},
		Metric:          custom_metrics.MetricIdentifier{Name: "requests", Selector: metav1.SetAsLabelSelector(labels.Set{"code": "500"})},
		WindowSeconds:   &window,
		Value:           got.Value,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("metric (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotThereIsToldApart(t *testing.T) {
	pods := cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "requests"}
	services := cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "services"}, Namespaced: true, Metric: "depth"}
	refused := errors.New("connection refused")
	for _, test := range []struct {
		name    string
		backend backend
		object  string
		info    cma.CustomMetricInfo
		code    int32
		says    string
	}{
		{"an unknown metric", backend{}, "web-1", cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "none"}, 404, "no rule gives the metric none for pods"},
		{"a metric of another resource", backend{}, "api", cma.CustomMetricInfo{GroupResource: services.GroupResource, Namespaced: true, Metric: "requests"}, 404, "for services"},
		{"a metric asked for without its namespace", backend{}, "web-1", cma.CustomMetricInfo{GroupResource: inPods, Metric: "requests"}, 404, "no rule"},
		{"an object that is gone, but lingers in Prometheus", backend{}, "gone", pods, 404, "there is no such object"},
		{"an object without a sample", backend{}, "web-3", pods, 404, "Prometheus has no sample of it"},
		{"a value that is none", backend{}, "web-2", pods, 404, "NaN"},
		{"no answer ever", backend{never: true, err: refused}, "web-1", pods, 503, "connection refused"},
		{"an answer that is too old", backend{age: 5 * time.Minute, err: refused}, "web-1", pods, 503, "the last good answer is 5m0s old, and may be 2m0s"},
		{"absent from a partial answer", backend{partial: "a store is away"}, "web-3", pods, 503, "a store is away"},
		{"an object that is not watched", backend{}, "none", services, 404, "no sample"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := NewCustom(set(t), test.backend, objects(t))
			got, err := c.GetMetricByName(t.Context(), types.NamespacedName{Namespace: "shop", Name: test.object}, test.info, labels.Everything())
			refusal(t, got, err, test.code, test.says)
		})
	}
}

func TestBySelector(t *testing.T) {
	c := NewCustom(set(t), backend{}, objects(t))
	pods := cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "requests"}
	for _, test := range []struct {
		name, objects string
		info          cma.CustomMetricInfo
		want          []string
	}{
		{"all pods that have a value; none that is gone", "", pods, []string{"web-1=42500m"}},
		{"those picked", "app=web", pods, []string{"web-1=42500m"}},
		{"all services", "", cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "services"}, Namespaced: true, Metric: "depth"}, []string{"api=7", "web=8"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := c.GetMetricBySelector(t.Context(), "shop", selector(t, test.objects), test.info, labels.Everything())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, item := range list.Items {
				got = append(got, item.DescribedObject.Name+"="+item.Value.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
	list, err := c.GetMetricBySelector(t.Context(), "shop", selector(t, "app=nothing"), pods, labels.Everything())
	refusal(t, list, err, 404, "the selector app=nothing picks no object in namespace shop")
	list, err = c.GetMetricBySelector(t.Context(), "shop", selector(t, "app=quiet"), pods, labels.Everything())
	refusal(t, list, err, 404, "no sample")
	list, err = c.GetMetricBySelector(t.Context(), "shop", labels.Everything(), pods, selector(t, "size>1"))
	refusal(t, list, err, 400, "no matcher")
}

func TestANamespaceAsAnObject(t *testing.T) {
	c := NewCustom(set(t), backend{}, objects(t))
	got, err := c.GetMetricByName(t.Context(), types.NamespacedName{Name: "shop"},
		cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "namespaces"}, Metric: "spend"}, labels.Everything())
	if err != nil || got.Value.String() != "3" || got.DescribedObject.Kind != "Namespace" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestExternal(t *testing.T) {
	e := NewExternal(set(t), backend{})
	list, err := e.GetExternalMetric(t.Context(), "shop", selector(t, "topic in (a, b)"), cma.ExternalMetricInfo{Metric: "queue"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, item := range list.Items {
		if item.MetricLabels["namespace"] != "shop" {
			t.Errorf("a series of another namespace was told: %v", item.MetricLabels)
		}
		got[item.MetricLabels["topic"]] = item.Value.String()
	}
	if diff := cmp.Diff(map[string]string{"a": "10", "b": "5"}, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		namespace, metric, selector string
		code                        int32
		says                        string
	}{
		{"shop", "none", "", 404, "no rule gives the metric none"},
		{"shop", "queue", "topic=c", 404, "no series for this namespace and selector"},
		{"other", "queue", "", 404, "no series"},
		{"bank", "queue", "", 404, "infinite"},
	} {
		list, err := e.GetExternalMetric(t.Context(), test.namespace, selector(t, test.selector), cma.ExternalMetricInfo{Metric: test.metric})
		refusal(t, list, err, test.code, test.says)
	}
	if list, err := e.GetExternalMetric(t.Context(), "any", labels.Everything(), cma.ExternalMetricInfo{Metric: "world"}); err != nil || len(list.Items) != 1 {
		t.Errorf("a cluster-wide metric gave %v, %v", list, err)
	}
	list, err = NewExternal(set(t), backend{partial: "a store is away"}).GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "queue"})
	refusal(t, list, err, 503, "a store is away")
}

func TestMetricsAreListedByRule(t *testing.T) {
	c, e := NewCustom(set(t), backend{}, objects(t)), NewExternal(set(t), backend{})
	want := []cma.CustomMetricInfo{
		{GroupResource: inPods, Namespaced: true, Metric: "requests"},
		{GroupResource: schema.GroupResource{Resource: "services"}, Namespaced: true, Metric: "depth"},
		{GroupResource: schema.GroupResource{Resource: "namespaces"}, Metric: "spend"},
	}
	if diff := cmp.Diff(want, c.ListAllMetrics()); diff != "" {
		t.Errorf("custom metrics (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]cma.ExternalMetricInfo{{Metric: "queue"}, {Metric: "world"}}, e.ListAllExternalMetrics()); diff != "" {
		t.Errorf("external metrics (-want +got):\n%s", diff)
	}
	if n := len(NewCustom(new(rule.Set), backend{}, nil).ListAllMetrics()) + len(NewExternal(new(rule.Set), backend{}).ListAllExternalMetrics()); n != 2 {
		t.Errorf("without rules %d metrics are listed; an empty list breaks discovery", n)
	}
}

// refusal checks that there is an error of a code, and nothing else.
func refusal[T any](t *testing.T, got *T, err error, code int32, says string) {
	t.Helper()
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		t.Fatalf("got %v and the error %v, want one with the code %d", got, err, code)
	}
	if got != nil {
		t.Errorf("beside the error there is %v", got)
	}
	if s := status.Status(); s.Code != code || !strings.Contains(s.Message, says) {
		t.Errorf("the error is %d: %s, want %d and %q", s.Code, s.Message, code, says)
	}
	if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
		t.Errorf("clients are told to wait %d s, which blocks an autoscaler's workers", seconds)
	}
}

func set(t *testing.T) *rule.Set {
	t.Helper()
	s, problems, err := rule.Load([]byte(rules))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return s
}

func objects(t *testing.T) *Objects {
	t.Helper()
	pods := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	nodes := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, o := range []struct {
		in                   cache.Indexer
		namespace, name, app string
	}{
		{pods, "shop", "web-1", "web"},
		{pods, "shop", "web-2", "web"},
		{pods, "shop", "web-3", "quiet"},
		{pods, "bank", "till-1", "till"},
		{nodes, "", "n1", "node"},
		{nodes, "", "n2", "node"},
		{nodes, "", "n3", "node"},
	} {
		object := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Namespace: o.namespace, Name: o.name, Labels: map[string]string{"app": o.app},
		}}
		if err := o.in.Add(object); err != nil {
			t.Fatal(err)
		}
	}
	return NewObjects(cache.NewGenericLister(pods, inPods), cache.NewGenericLister(nodes, schema.GroupResource{Resource: "nodes"}), nil)
}

func selector(t *testing.T, text string) labels.Selector {
	t.Helper()
	s, err := labels.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sample(value float64, labels ...string) *model.Sample {
	metric := model.Metric{}
	for i := 0; i < len(labels); i += 2 {
		metric[model.LabelName(labels[i])] = model.LabelValue(labels[i+1])
	}
	return &model.Sample{Metric: metric, Value: model.SampleValue(value)}
}
