package provider

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/metrics/pkg/apis/metrics"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

var depth = cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "services"}, Namespaced: true, Metric: "depth"}

// asking returns Objects that list unwatched objects from a fake API server with the objects in held.
func asking(t *testing.T, held ...runtime.Object) (*Objects, *fake.FakeMetadataClient) {
	scheme := fake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	client := fake.NewSimpleMetadataClient(scheme, held...)
	o := objects(t)
	o.client = client
	return o, client
}

func service(namespace, name, app string) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": app}},
	}
}

func TestUnwatchedObjectsAreListedFromTheAPIServer(t *testing.T) {
	o, client := asking(t, service("shop", "api", "api"), service("shop", "web", "web"), service("bank", "api", "api"))
	c := NewCustom(set(t), backend{}, o)
	list, err := c.GetMetricBySelector(t.Context(), "shop", selector(t, "app=api"), depth, labels.Everything())
	if err != nil || len(list.Items) != 1 || list.Items[0].DescribedObject.Name != "api" || list.Items[0].DescribedObject.Namespace != "shop" {
		t.Errorf("got %+v, %v", list, err)
	}
	client.ClearActions()
	if _, err := c.GetMetricBySelector(t.Context(), "shop", labels.Everything(), depth, labels.Everything()); err != nil {
		t.Error(err)
	}
	if asked := client.Actions(); len(asked) > 0 {
		t.Errorf("for all that have values the API server was asked: %v", asked)
	}
}

func TestMissingPermissionOfTheAdapterIsAServerError(t *testing.T) {
	o, client := asking(t)
	client.PrependReactor("list", "services", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "services"}, "", nil)
	})
	c := NewCustom(set(t), backend{}, o)
	list, err := c.GetMetricBySelector(t.Context(), "shop", selector(t, "app=api"), depth, labels.Everything())
	refusal(t, list, err, 500, "the metrics adapter has no permission to list services")
}

func TestAPIServerTimeout(t *testing.T) {
	o, client := asking(t)
	client.PrependReactor("list", "services", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, context.DeadlineExceeded
	})
	c := NewCustom(set(t), backend{}, o)
	list, err := c.GetMetricBySelector(t.Context(), "shop", selector(t, "app=api"), depth, labels.Everything())
	refusal(t, list, err, 503, "cannot select services by label")
}

func TestDeletedNodesAreNotServed(t *testing.T) {
	rules := setOf(t, `custom: [{name: heat, describes: nodes, query: "max by (node) (rate(node_cpu[2m]))"}]`)
	o := objects(t)
	o.nodes = cache.NewGenericLister(cache.NewIndexer(cache.MetaNamespaceKeyFunc, nil), rule.Nodes.Resource)
	list, err := NewCustom(rules, backend{}, o).GetMetricBySelector(t.Context(), "", labels.Everything(),
		cma.CustomMetricInfo{GroupResource: rule.Nodes.Resource, Metric: "heat"}, labels.Everything())
	refusal(t, list, err, 404, "no nodes have a value of metric heat")
}

// slow is a store that answers only when the context of the caller ends.
type slow struct{}

func (slow) Read(ctx context.Context, wants []plan.Request) []store.Answer {
	<-ctx.Done()
	answers := make([]store.Answer, len(wants))
	for i := range answers {
		answers[i].Err = ctx.Err()
	}
	return answers
}

func TestErrorIsReturnedBeforeTheCallerTimesOut(t *testing.T) {
	for _, test := range []struct {
		name   string
		allows time.Duration
		takes  time.Duration
	}{
		{"a short timeout", 2 * time.Second, 1800 * time.Millisecond},
		{"a long timeout", time.Minute, maxWait},
		{"no timeout", 0, maxWait},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if test.allows > 0 {
					ctx, cancel = context.WithTimeout(t.Context(), test.allows)
				}
				defer cancel()
				start := time.Now()
				list, err := NewExternal(set(t), slow{}).GetExternalMetric(ctx, "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "queue"})
				if took := time.Since(start); took != test.takes {
					t.Errorf("the answer took %s, want %s", took, test.takes)
				}
				refusal(t, list, err, 503, "deadline")
				_, err = Pods{NewResources(set(t), slow{}, objects(t))}.Get(in(t, "shop"), "web-1", nil)
				refusal[int](t, nil, err, 503, "deadline")
			})
		})
	}
}

func TestTableWithoutHeaders(t *testing.T) {
	list := &metrics.PodMetricsList{Items: []metrics.PodMetrics{{}}}
	with, err := Pods{}.ConvertToTable(t.Context(), list, &metav1.TableOptions{})
	if err != nil || len(with.ColumnDefinitions) != 4 || len(with.Rows) != 1 {
		t.Errorf("with headers: %+v, %v", with, err)
	}
	without, err := Pods{}.ConvertToTable(t.Context(), list, &metav1.TableOptions{NoHeaders: true})
	if err != nil || len(without.ColumnDefinitions) != 0 || len(without.Rows) != 1 {
		t.Errorf("without headers: %+v, %v", without, err)
	}
	if _, err := (Nodes{}).ConvertToTable(t.Context(), list, nil); err == nil || !strings.Contains(err.Error(), "is not NodeMetrics") {
		t.Errorf("pods as nodes: %v", err)
	}
}
