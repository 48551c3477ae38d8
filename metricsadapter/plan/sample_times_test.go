package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/expr"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestCompanion(t *testing.T) {
	for _, test := range []struct {
		name  string
		query Query
		want  Companion
	}{
		{
			"an instant with the lookback of the server",
			Query{Server: "a", Text: `sum by (pod) (x)`, Object: "pod"},
			Companion{Query: Query{Server: "a", Text: `min by (pod) (timestamp(x))`, Object: "pod"}, Lookback: 5 * time.Minute},
		},
		{
			"an instant with the lookback of the query",
			Query{Text: `x`, Lookback: 2 * time.Minute},
			Companion{Query: Query{Text: `timestamp(x)`, Lookback: 2 * time.Minute}, Lookback: 2 * time.Minute},
		},
		{
			"a range",
			Query{Text: `rate(x[1m])`},
			Companion{Query: Query{Text: `timestamp(x)`, Lookback: time.Minute}, Lookback: time.Minute, Ranges: true, Window: time.Minute},
		},
		{
			"a range longer than the lookback of the server",
			Query{Text: `rate(x[10m])`},
			Companion{Query: Query{Text: `timestamp(x)`, Lookback: 10 * time.Minute}, Lookback: 10 * time.Minute, Ranges: true, Window: 10 * time.Minute},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.query.TimesCompanion()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if c, err := (Query{Text: `rate(x[1m])`}).Companion(); err != nil || !c.Gaps || c.NoTimesReason != "" || c.Query.Lookback != time.Minute {
		t.Errorf("a range has the companion %+v, %v", c, err)
	}
	if c, err := (Query{Text: `max_over_time(x[5m:1m])`}).Companion(); err != nil || !c.Gaps || c.NoTimesReason == "" {
		t.Errorf("a subquery has the companion %+v, %v", c, err)
	}
	if c, err := (Query{Text: `rate(x[1m]) / absent_over_time(y[1m])`}).Companion(); err == nil {
		t.Errorf("absent_over_time() has the companion %+v", c)
	}
	if _, err := (Query{Text: `absent(x)`}).Companion(); err == nil {
		t.Error("absent() has a companion")
	}
}

func TestForNamespaces(t *testing.T) {
	q := Query{Text: `sum by (namespace) (x)`, Namespace: "namespace", Lookback: time.Minute}
	for _, test := range []struct {
		namespaces []string
		want       string
	}{
		{[]string{"shop"}, `sum by (namespace) (x{namespace="shop"})`},
		{[]string{"shop", "bank"}, `sum by (namespace) (x{namespace=~"shop|bank"})`},
		{[]string{`a"}) or vector(1)#`, "b.c"}, `sum by (namespace) (x{namespace=~"a\"\\}\\) or vector\\(1\\)#|b\\.c"})`},
	} {
		got, err := q.ForNamespaces(test.namespaces)
		want := q
		want.Text = test.want
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, error %v (-want +got):\n%s", test.namespaces, err, diff)
		}
	}
	if _, err := (Query{Text: `sum(x)`}).ForNamespaces([]string{"shop"}); err == nil {
		t.Error("a query of no namespaces was narrowed to one")
	}
	if _, err := (Query{Text: `sum(x)`, Namespace: "namespace"}).ForNamespaces([]string{"shop"}); err == nil || !strings.Contains(err.Error(), "aggregates over") {
		t.Errorf("a query that merges namespaces was narrowed to one: %v", err)
	}
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf("%s-%d", strings.Repeat("n", 58), i)
	}
	if _, err := q.ForNamespaces(many); !errors.Is(err, ErrTooLong) {
		t.Errorf("300 long names gave the error %v", err)
	}
	if got, err := q.ForNamespaces(many[:200]); err != nil || len(got.Text) > expr.MaxLength {
		t.Errorf("200 long names gave %d bytes, %v", len(got.Text), err)
	}
}

// ages returns the ages of rows in seconds, by object.
func ages(table *Table) map[string]float64 {
	got := map[string]float64{}
	rows := table.Rows()
	for i := range rows {
		got[rows[i].Object] = noon.Sub(table.Time(&rows[i])).Seconds()
	}
	return got
}

func timeOf(age time.Duration, pod string) *model.Sample {
	return sample(float64(noon.Add(-age).UnixMilli())/1000, "namespace", "shop", "pod", pod)
}

func TestRowsHaveTheTimesOfTheirSamples(t *testing.T) {
	values := model.Vector{
		sample(1, "namespace", "shop", "pod", "a"), sample(1, "namespace", "shop", "pod", "b"), sample(1, "namespace", "shop", "pod", "c"),
		sample(1, "namespace", "shop", "pod", "d"),
	}
	reported := model.Vector{
		timeOf(40*time.Minute, "d"), // from a server that ignores the lookback of the request
		timeOf(7*time.Second, "a"), timeOf(-2*time.Second, "b"), timeOf(time.Second, "other"),
	}
	ranges := Companion{Lookback: time.Minute, Ranges: true}
	table := NewTimedTable(containers, values, "", SampleTimes{Companion: ranges, Time: noon, Vector: reported}).AsOf(noon, noon, time.Hour)
	want := map[string]float64{"a": 7, "b": 0, "c": 60, "d": 60}
	if diff := cmp.Diff(want, ages(table)); diff != "" {
		t.Errorf("ages (-want +got):\n%s", diff)
	}
	last := NewTimedTable(containers, values, "", SampleTimes{Companion: ranges, Time: noon, Vector: model.Vector{timeOf(33*time.Second, "c")}})
	table = NewTimedTable(containers, values, "", SampleTimes{Companion: ranges, Time: noon, Vector: reported, Previous: last}).AsOf(noon, noon, time.Hour)
	want["c"] = 33
	if diff := cmp.Diff(want, ages(table)); diff != "" {
		t.Errorf("ages after a series has ended (-want +got):\n%s", diff)
	}
	table = NewTimedTable(containers, values, "", SampleTimes{Companion: Companion{Lookback: time.Minute}, Time: noon, Vector: reported}).AsOf(noon, noon, time.Hour)
	want["c"] = 0
	if diff := cmp.Diff(want, ages(table)); diff != "" {
		t.Errorf("ages of instants (-want +got):\n%s", diff)
	}
	if instant, reported := table.Oldest(); !reported || noon.Sub(instant) != time.Minute {
		t.Errorf("the oldest is of %s, %t", instant, reported)
	}
}

func TestStaleRowIsUnknown(t *testing.T) {
	values := model.Vector{
		sample(1, "namespace", "shop", "pod", "a", "code", "200"), sample(2, "namespace", "shop", "pod", "a", "code", "500"),
		sample(4, "namespace", "shop", "pod", "b", "code", "200"),
	}
	reported := values[:0:0]
	for i, age := range []time.Duration{5 * time.Second, 50 * time.Second, 5 * time.Second} {
		reported = append(reported, &model.Sample{Metric: values[i].Metric, Value: timeOf(age, "").Value})
	}
	table := NewTimedTable(containers, values, "", SampleTimes{Companion: Companion{Lookback: time.Minute}, Time: noon, Vector: reported})
	later := noon.Add(10 * time.Second)
	for _, test := range []struct {
		maxAge time.Duration
		pod    string
		want   Value
	}{
		{time.Minute, "a", Value{State: Known, Number: 3, Time: noon.Add(-50 * time.Second)}},
		{time.Minute, "b", Value{State: Known, Number: 4, Time: noon.Add(-5 * time.Second)}},
		{59 * time.Second, "a", Value{State: Unknown, Stale: true, Problem: "the sample is 1m0s old, and must be at most 59s"}},
		{59 * time.Second, "b", Value{State: Known, Number: 4, Time: noon.Add(-5 * time.Second)}},
		{15 * time.Second, "b", Value{State: Known, Number: 4, Time: noon.Add(-5 * time.Second)}},
		{14 * time.Second, "b", Value{State: Unknown, Stale: true, Problem: "the sample is 15s old, and must be at most 14s"}},
	} {
		by := table.AsOf(later, noon, test.maxAge)
		unrenewed := table.AsOf(later, noon, test.maxAge)
		unrenewed.RefreshError = "connection refused"
		if got := unrenewed.Merge(by.Object("shop", test.pod), All, expr.Sum).Problem; got != strings.Replace(test.want.Problem, "the sample", "connection refused; the last sample", 1) {
			t.Errorf("%s at most %s old, and not renewed: %q", test.pod, test.maxAge, got)
		}
		got := by.Merge(by.Object("shop", test.pod), All, expr.Sum)
		got.Time = got.Time.UTC()
		if test.want.Time.IsZero() {
			got.Time = time.Time{}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s at most %s old (-want +got):\n%s", test.pod, test.maxAge, diff)
		}
	}
}
