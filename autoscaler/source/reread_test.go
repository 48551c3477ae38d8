package source

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/store"
)

func TestRereadAgreesWithRead(t *testing.T) {
	answers := &backend{time: now, series: someSeries()}
	d := direct(t, answers)
	pods := []engine.Pod{{Name: "web-1"}, {Name: "web-2"}, {Name: "web-9"}}
	requests := []Request{
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}, Pods: pods},
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.Pods, Name: "requests"}, Pods: pods[1:]},
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.Pods, Name: "requests"}, Pods: pods[:1]},
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.External, Name: "queue"}},
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[1m]))"}},
		{Namespace: "bank", Metric: &engine.Metric{Type: engine.External, Name: "queue"}},
	}
	x := d.Reread()
	for range 2 { // the second time in reused memory
		x.Begin(now)
		x.Reuse()
		want := d.Read(t.Context(), requests, now)
		for i := range requests {
			got := x.Read(&requests[i], d.QueryOf(&requests[i]))
			if diff := cmp.Diff(want[i], got); diff != "" {
				t.Errorf("request %d (-read +reread):\n%s", i, diff)
			}
		}
	}
	if q := d.QueryOf(&Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.External, Name: "none"}}); q.Exists() {
		t.Errorf("a metric without a rule has the query %v", q.ID())
	}
}

func TestRefreshIsReportedByQuery(t *testing.T) {
	d := direct(t, &backend{time: now, series: someSeries()})
	request := Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.External, Name: "queue"}}
	query := d.QueryOf(&request)
	d.HasRefreshed(plan.Query(query.ID())) // without a receiver
	var got []QueryID
	New(d, nil).(Refreshed).OnRefresh(func(q QueryID) { got = append(got, q) })
	d.HasRefreshed(plan.Query(query.ID()))
	if len(got) != 1 || got[0] != query.ID() {
		t.Errorf("reported %v, want %v", got, query.ID())
	}
}

// TestRereadDoesNotAllocate: a request with a value is read again without an allocation.
func TestRereadDoesNotAllocate(t *testing.T) {
	request := Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}, Pods: []engine.Pod{{Name: "web-1"}}}
	table := plan.NewTable(plan.Query{Namespace: "namespace", Object: "pod"}, model.Vector{
		sample(0.5, "namespace", "shop", "pod", "web-1", "container", "app"),
	}, "")
	d := direct(t, answered{store.Answer{Table: table, Time: now}})
	query, x := d.QueryOf(&request), d.Reread()
	x.Begin(now)
	read := func() {
		x.Reuse()
		if r := x.Read(&request, query); r.Problem != "" {
			t.Fatal(r.Problem)
		}
	}
	if got := testing.AllocsPerRun(1000, read); got > 0 {
		t.Errorf("a request allocates %g times", got)
	}
}

// BenchmarkReread reads the same metric of n autoscalers again, one pod each.
func BenchmarkReread(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("autoscalers=%d", n), func(b *testing.B) {
			var vector model.Vector
			requests := make([]Request, n)
			metric := &engine.Metric{Type: engine.Resource, Name: "cpu"}
			for i := range requests {
				name := fmt.Sprintf("web-%d", i)
				requests[i] = Request{Namespace: fmt.Sprintf("team-%d", i%100), Metric: metric, Pods: []engine.Pod{{Name: name}}}
				vector = append(vector, sample(0.5, "namespace", requests[i].Namespace, "pod", name, "container", "app"))
			}
			table := plan.NewTable(plan.Query{Namespace: "namespace", Object: "pod"}, vector, "")
			d := direct(b, answered{store.Answer{Table: table, Time: now}})
			query, x := d.QueryOf(&requests[0]), d.Reread()
			b.ReportAllocs()
			for b.Loop() {
				x.Begin(now)
				for i := range requests {
					x.Reuse()
					x.Read(&requests[i], query)
				}
			}
		})
	}
}
