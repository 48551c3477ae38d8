package plan

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/rule"
)

// BenchmarkPlan measures the part of a batch for one autoscaler: planning its query and finding the value of its
// object in the answer.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1, 1_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("objects=%d", n), func(b *testing.B) {
			g := grouped(b, `sum by (namespace, pod) (rate(x[1m]))`)
			q, _, err := ForRule(g, Selector{}, ObjectRef{})
			if err != nil {
				b.Fatal(err)
			}
			table := NewTable(q, vector(n), "")
			names := make([]string, n)
			for i := range names {
				names[i] = fmt.Sprintf("web-%d", i)
			}
			b.ReportAllocs()
			for b.Loop() {
				var batch Batch
				for i := range n {
					q, filter, err := ForRule(g, Selector{}, ObjectRef{})
					if err != nil {
						b.Fatal(err)
					}
					batch.Add(q, "shop")
					if v := table.Merge(table.Object("shop", names[i]), filter, g.Result.Aggregation); v.State != Known {
						b.Fatalf("%s is %+v", names[i], v)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/object")
		})
	}
}

// BenchmarkNewTable measures the indexing of one answer.
func BenchmarkNewTable(b *testing.B) {
	for _, n := range []int{1_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("series=%d", n), func(b *testing.B) {
			v := cluster(n, 1)
			b.ReportAllocs()
			for b.Loop() {
				NewTable(containers, v, "")
			}
			perSeries(b, n)
		})
	}
}

// BenchmarkNewTimedTable measures the indexing of one answer with sample times.
func BenchmarkNewTimedTable(b *testing.B) {
	for _, n := range []int{1_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("series=%d", n), func(b *testing.B) {
			v, times := cluster(n, 1), SampleTimes{Vector: cluster(n, 2)}
			b.ReportAllocs()
			for b.Loop() {
				NewTimedTable(containers, v, "", times)
			}
			perSeries(b, n)
		})
	}
}

// BenchmarkTableMemory measures memory, not time: the bytes that a table uses for each series, strings included, after the
// answer that it was made of is freed.
func BenchmarkTableMemory(b *testing.B) {
	for _, n := range []int{1_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("series=%d", n), func(b *testing.B) {
			var held, names float64
			for b.Loop() {
				before := heap()
				table := NewTable(containers, cluster(n, 1), "")
				held += float64(heap() - before)
				for _, row := range table.Rows() {
					names += float64(len(row.Object))
				}
			}
			b.ReportMetric(held/float64(b.N)/float64(n), "B/series")
			b.ReportMetric(names/float64(b.N)/float64(n), "B/series-in-names")
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func perSeries(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/series")
}

var containers = Query{Namespace: "namespace", Object: "pod"}

// cluster returns an answer about containers, two in a pod and 50 pods in a namespace, in random order, as Prometheus returns
// it. No two strings share memory, as in an answer that a client has decoded.
func cluster(n int, seed uint64) model.Vector {
	v := make(model.Vector, n)
	for i, place := range rand.New(rand.NewPCG(seed, 0)).Perm(n) {
		v[i] = sample(float64(place),
			strings.Clone("namespace"), fmt.Sprintf("team-%d", place/100),
			strings.Clone("pod"), fmt.Sprintf("web-7d4b9c6f5d-%05d", place/2),
			strings.Clone("container"), strings.Clone([]string{"app", "istio-proxy"}[place%2]))
	}
	return v
}

func vector(n int) model.Vector {
	v := make(model.Vector, n)
	for i := range v {
		v[i] = sample(float64(i), "namespace", "shop", "pod", fmt.Sprintf("web-%d", i))
	}
	return v
}

func sample(value float64, labels ...string) *model.Sample {
	metric := model.Metric{}
	for i := 0; i < len(labels); i += 2 {
		metric[model.LabelName(labels[i])] = model.LabelValue(labels[i+1])
	}
	return &model.Sample{Metric: metric, Value: model.SampleValue(value)}
}

func grouped(t testing.TB, query string) *rule.MetricQuery {
	t.Helper()
	e, err := expr.Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	return &rule.MetricQuery{
		Expr:             e,
		Result:           e.Result(),
		Labels:           rule.LabelNames{Namespace: "namespace", Object: "pod"},
		MaxAge:           rule.DefaultMaxAge,
		Window:           e.Window(),
		SelectableLabels: e.Result().Labels,
		TakesMatchers:    true,
	}
}

func selector(t testing.TB, text string) Selector {
	t.Helper()
	s, err := ParseSelector(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
