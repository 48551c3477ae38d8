package trace

import (
	"testing"
	"time"

	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/promtest"
	"flyball.dev/flyball/metricsadapter/rule"
)

var now = time.Now()

// tracer of two external metrics, of which orders has two series 10s old, and mails none.
func tracer(t *testing.T) (*rule.Loaded, *Tracer) {
	t.Helper()
	loaded, problems, err := rule.Load([]byte("external: [{name: orders, clusterWide: true, query: sum(orders)}, {name: mails, clusterWide: true, query: sum(mails)}]"))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	server := promtest.New()
	for _, pod := range []string{"a", "b"} {
		server.Add(now.Add(-10*time.Second), 3, "__name__", "orders", "pod", pod)
	}
	return loaded, New(loaded, nil, nil, server)
}

func TestTraceEndsWithTheValueAndItsAge(t *testing.T) {
	_, tracer := tracer(t)
	trace := tracer.Trace(t.Context(), Question{Metric: "orders", Namespace: "shop"}, now)
	if trace.Value == nil || *trace.Value != 6 {
		t.Fatalf("got %+v, want the value 6", trace)
	}
	if last := trace.Stages[len(trace.Stages)-1]; last.Step != "age" || last.Result != "the oldest sample is 10s old; the maximum is 2m0s" {
		t.Errorf("got the last stage %+v", last)
	}
}

func TestTraceNamesTheStageThatLosesTheValue(t *testing.T) {
	_, tracer := tracer(t)
	for metric, want := range map[string]string{"mails": "series", "parcels": "rule"} {
		trace := tracer.Trace(t.Context(), Question{Metric: metric, Namespace: "shop"}, now)
		if last := trace.Stages[len(trace.Stages)-1]; trace.Value != nil || !last.Lost || last.Step != want {
			t.Errorf("%s: got %+v, want it lost at stage %s", metric, trace, want)
		}
	}
}

func TestMeasureWarnsOfQueriesWithoutRows(t *testing.T) {
	loaded, tracer := tracer(t)
	report := lint.Check(loaded, tracer.Set, tracer.Problems, lint.Options{ScrapeInterval: time.Minute})
	measured := tracer.Measure(t.Context(), report)
	for _, m := range report.Metrics {
		got, series := measured[m.Grouped], 0
		if m.Name == "orders" {
			series = 2
		}
		if got.Error != "" || got.Series != series {
			t.Errorf("%s: got %+v, want %d series", m.Name, got, series)
		}
	}
	warnings := 0
	for _, f := range report.Findings {
		if f.Severity == rule.Warning {
			warnings++
		}
	}
	if warnings != 1 {
		t.Errorf("got %d warnings, want one about mails: %v", warnings, report.Findings)
	}
}
