package provider

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/store"
)

// ready is a store with a fixed answer.
type ready struct{ answer store.Answer }

func (r ready) Read(_ context.Context, wants []plan.Request) []store.Answer {
	answers := make([]store.Answer, len(wants))
	for i := range answers {
		answers[i] = r.answer
	}
	return answers
}

// cluster returns a provider for a namespace of n pods. Each pod has a value; a tenth of the pods have the
// label of one application.
func cluster(b *testing.B, n int) *Custom {
	rules := setOf(b, `custom: [{name: requests, maxAge: 10h, query: "sum by (namespace, pod) (rate(requests[1m]))"}]`)
	pods := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	var vector model.Vector
	for i := range n {
		name := fmt.Sprintf("web-%06d", i)
		pod := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, Labels: map[string]string{"app": fmt.Sprintf("web-%d", i%10)},
		}}
		if err := pods.Add(pod); err != nil {
			b.Fatal(err)
		}
		vector = append(vector, sample(40, "namespace", "shop", "pod", name))
	}
	query, _, err := plan.ForRule(&rules.Custom[0].MetricQuery, plan.Selector{}, plan.ObjectRef{})
	if err != nil {
		b.Fatal(err)
	}
	answer := store.Answer{Time: time.Now(), Table: plan.NewTable(query, vector, "")}
	return NewCustom(rules, ready{answer}, NewObjects(cache.NewGenericLister(pods, inPods), nil, nil))
}

var requests = cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "requests"}

func BenchmarkByName(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("pods=%d", n), func(b *testing.B) {
			c := cluster(b, n)
			name := types.NamespacedName{Namespace: "shop", Name: "web-000000"}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.GetMetricByName(b.Context(), name, requests, labels.Everything()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBySelector selects all pods, and a tenth of them.
func BenchmarkBySelector(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		for of, selector := range map[string]labels.Selector{"all": labels.Everything(), "tenth": labels.SelectorFromSet(labels.Set{"app": "web-0"})} {
			b.Run(fmt.Sprintf("pods=%d/%s", n, of), func(b *testing.B) {
				c := cluster(b, n)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := c.GetMetricBySelector(b.Context(), "shop", selector, requests, labels.Everything()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
