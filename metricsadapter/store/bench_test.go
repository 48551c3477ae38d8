package store

import (
	"fmt"
	"testing"

	"flyball.dev/flyball/metricsadapter/plan"
)

// BenchmarkRead is a batch's reading from memory, of so many distinct queries.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("queries=%d", n), func(b *testing.B) {
			store := New(&server{}, Options{})
			defer store.Close()
			queries := make([]plan.Want, n)
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
