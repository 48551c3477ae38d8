package store

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// BenchmarkRead measures the read of a batch from memory, by its number of distinct queries.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("queries=%d", n), func(b *testing.B) {
			store := New(&server{}, Options{Period: time.Hour, Idle: 10 * time.Hour, NoSampleTimes: true})
			defer store.Close()
			queries := make([]plan.Request, n)
			for i := range queries {
				queries[i].Query.Text = fmt.Sprintf("sum(x%d)", i)
			}
			store.Read(b.Context(), queries)
			b.ReportAllocs()
			for b.Loop() {
				if a := store.Read(b.Context(), queries); a[n-1].Err != nil {
					b.Fatal(a[n-1].Err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/query")
		})
	}
}

// large answers every query with a number of series: two containers in a pod, 50 pods in a namespace. No two strings share
// memory, as in an answer that a client has decoded.
type large struct{ series int }

func (l large) Query(_ context.Context, r prom.Request) (prom.Answer, error) {
	vector := make(model.Vector, l.series)
	for i := range vector {
		vector[i] = &model.Sample{Value: 1, Metric: model.Metric{
			model.LabelName(strings.Clone("namespace")): model.LabelValue(fmt.Sprintf("team-%d", i/100)),
			model.LabelName(strings.Clone("pod")):       model.LabelValue(fmt.Sprintf("web-7d4b9c6f5d-%05d", i/2)),
			model.LabelName(strings.Clone("container")): model.LabelValue(strings.Clone([]string{"app", "istio-proxy"}[i%2])),
		}}
		if strings.Contains(r.Query, "timestamp(") {
			vector[i].Value = model.SampleValue(r.Time.Unix())
		}
	}
	return prom.Answer{Vector: vector}, nil
}

var byContainer = plan.Query{Text: `sum by (container, namespace, pod) (x)`, Namespace: "namespace", Object: "pod"}

// BenchmarkReadObject measures the read of one pod from an answer, by its number of series, beside other readers.
func BenchmarkReadObject(b *testing.B) {
	for _, n := range []int{1_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("series=%d", n), func(b *testing.B) {
			store := New(large{n}, Options{Period: time.Hour, Idle: 10 * time.Hour})
			defer store.Close()
			wants := []plan.Request{{Query: byContainer, Namespaces: []string{"team-7"}}}
			store.Read(b.Context(), wants)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					table, err := store.Read(b.Context(), wants)[0].ForNamespace("team-7").Fresh(time.Now(), time.Hour)
					if err != nil || len(table.Object("team-7", "web-7d4b9c6f5d-00370")) != 2 {
						b.Error(table, err)
					}
				}
			})
		})
	}
}

// BenchmarkRefresh measures one refresh of one query, values and sample times, without the server and the network; and the
// memory that the store then uses for each series, strings included.
func BenchmarkRefresh(b *testing.B) {
	for _, n := range []int{1_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("series=%d", n), func(b *testing.B) {
			values, _ := large{n}.Query(b.Context(), prom.Request{Query: byContainer.Text})
			times, _ := large{n}.Query(b.Context(), prom.Request{Query: "timestamp(x)", Time: time.Now()})
			s := New(fixed{values, times}, Options{})
			defer s.Close()
			e := newEntry(byContainer, false)
			p := e.layout.Load().shards[0]
			b.ReportAllocs()
			for b.Loop() {
				if err := s.refresh(e, p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/series")
			b.ReportMetric(held(n), "B/series")
		})
	}
}

type fixed struct{ values, times prom.Answer }

func (f fixed) Query(_ context.Context, r prom.Request) (prom.Answer, error) {
	if strings.Contains(r.Query, "timestamp(") {
		return f.times, nil
	}
	return f.values, nil
}

// held returns the bytes that a store uses for each of n series.
func held(n int) float64 {
	before := heap()
	s := New(large{n}, Options{Period: time.Hour, Idle: 10 * time.Hour})
	s.Read(context.Background(), []plan.Request{{Query: byContainer}})
	after := heap()
	s.Close()
	return float64(after-before) / float64(n)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
