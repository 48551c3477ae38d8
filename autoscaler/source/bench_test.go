package source

import (
	"fmt"
	"testing"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/store"
)

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
			d := direct(b, answered{store.Answer{Table: table, Time: now}})
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
