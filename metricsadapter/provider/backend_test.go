package provider

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

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

// backend answers from series, as a store does.
type backend struct {
	age     time.Duration
	err     error
	partial string
	never   bool
}

func (b backend) Read(_ context.Context, wants []plan.Request) []store.Answer {
	answers := make([]store.Answer, len(wants))
	for i, want := range wants {
		answers[i].Err = b.err
		if !b.never {
			answers[i].Time = time.Now().Add(-b.age)
			answers[i].Table = plan.NewTable(want.Query, series[want.Query.Text], b.partial)
		}
	}
	return answers
}

func set(t testing.TB) *rule.Set {
	t.Helper()
	return setOf(t, rules)
}

// setOf returns the rules of a file; all of them must be valid.
func setOf(t testing.TB, text string) *rule.Set {
	t.Helper()
	loaded, problems, err := rule.Load([]byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	set, problems := loaded.Resolve(nil, rule.Builtin)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return set
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
