package plan

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/expr"
)

func TestForRule(t *testing.T) {
	for _, test := range []struct {
		name, query, selector string
		want                  Query
		filtered              bool
	}{
		{
			"no selector", `sum by (pod, namespace) (rate(x[1m]))`, "",
			Query{Text: `sum by (namespace, pod) (rate(x[1m]))`, Namespace: "namespace", Object: "pod"},
			false,
		},
		{
			"the lookback of an instant is the max age", `sum by (pod, namespace) (x)`, "",
			Query{Text: `sum by (namespace, pod) (x)`, Namespace: "namespace", Object: "pod", Lookback: 2 * time.Minute},
			false,
		},
		{
			"a selector on labels of the answer does not change the query", `sum by (namespace, pod, code) (rate(x[1m]))`, "code in (200,204),pod!=a",
			Query{Text: `sum by (code, namespace, pod) (rate(x[1m]))`, Namespace: "namespace", Object: "pod"},
			true,
		},
		{
			"a selector on other labels becomes matchers", `sum by (namespace, pod) (rate(x[1m]))`, "code in (a.b,c),verb!=GET,path,!queue,zone notin (a,b)",
			Query{Text: `sum by (namespace, pod) (rate(x{code=~"a\\.b|c",path!="",queue="",verb!="GET",zone!~"a|b"}[1m]))`, Namespace: "namespace", Object: "pod"},
			false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, filter, err := ForRule(grouped(t, test.query), selector(t, test.selector), ObjectRef{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
			if filtered := filter != All; filtered != test.filtered {
				t.Errorf("filtered in memory: %t, want %t", filtered, test.filtered)
			}
		})
	}
	if _, _, err := ForRule(grouped(t, `sum by (namespace, pod) (x)`), selector(t, "size>3"), ObjectRef{}); err == nil || !strings.Contains(err.Error(), "no matcher") {
		t.Errorf("a selector that PromQL cannot say gave the error %v", err)
	}
}

func TestRuleServer(t *testing.T) {
	g := grouped(t, `sum by (namespace, pod) (x)`)
	g.Server = "long-term"
	if q, _, err := ForRule(g, selector(t, "code=200"), ObjectRef{}); err != nil || q.Server != "long-term" {
		t.Errorf("the query is %+v, %v", q, err)
	}
}

func TestForInline(t *testing.T) {
	got, err := ForInline(`sum(rate(x[1m])) / scalar(y)`, "namespace", "shop", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := Query{Text: `sum(rate(x{namespace="shop"}[1m])) / scalar(y{namespace="shop"})`, Lookback: time.Minute, Owner: "shop"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if free, err := ForInline(`sum(x)`, "", "shop", 0); err != nil || free.Text != `sum(x)` {
		t.Errorf("an unenforced query became %v, %v", free, err)
	}
	if _, err := ForInline(`sum(x{namespace="bank"})`, "namespace", "shop", 0); err == nil {
		t.Error("a query of another namespace was taken")
	}
}

func TestBatchRequestsEachQueryOnce(t *testing.T) {
	var b Batch
	pods := Query{Text: "a", Namespace: "namespace", Object: "pod"}
	for _, add := range []struct {
		query     Query
		namespace string
		place     int
	}{
		{Query{Text: "a"}, "shop", 0},
		{Query{Text: "b"}, "", 1},
		{Query{Text: "a"}, "", 0},
		{pods, "shop", 2},
		{pods, "bank", 2},
		{pods, "shop", 2},
		{Query{Text: "c", Namespace: "namespace"}, "shop", 3},
		{Query{Text: "c", Namespace: "namespace"}, "", 3},
		{Query{Text: "c", Namespace: "namespace"}, "bank", 3},
		{Query{Text: "a", Server: "b"}, "", 4},
	} {
		if place := b.Add(add.query, add.namespace); place != add.place {
			t.Errorf("%v has place %d, want %d", add.query, place, add.place)
		}
	}
	want := []Request{
		{Query: Query{Text: "a"}},
		{Query: Query{Text: "b"}},
		{Query: pods, Namespaces: []string{"shop", "bank"}},
		{Query: Query{Text: "c", Namespace: "namespace"}},
		{Query: Query{Text: "a", Server: "b"}},
	}
	if diff := cmp.Diff(want, b.Requests); diff != "" {
		t.Errorf("wants (-want +got):\n%s", diff)
	}
}

func TestTable(t *testing.T) {
	vector := model.Vector{
		sample(3, "namespace", "shop", "pod", "web-2", "code", "200"),
		sample(1, "namespace", "shop", "pod", "web-1", "code", "500"),
		sample(2, "namespace", "shop", "pod", "web-1", "code", "200", "__name__", "x"),
		sample(9, "namespace", "bank", "pod", "web-1"),
		sample(7, "pod", "web-1"),
		sample(7, "namespace", "shop"),
	}
	table := NewTable(Query{Namespace: "namespace", Object: "pod"}, vector, "")
	want := []Row{
		{Namespace: "shop", Object: "web-1", OtherLabels: []Label{{"code", "200"}}, Value: 2},
		{Namespace: "shop", Object: "web-1", OtherLabels: []Label{{"code", "500"}}, Value: 1},
	}
	if diff := cmp.Diff(want, table.Object("shop", "web-1")); diff != "" {
		t.Errorf("rows of shop/web-1 (-want +got):\n%s", diff)
	}
	if n := len(table.Namespace("shop")); n != 3 {
		t.Errorf("shop has %d rows, want 3", n)
	}
	if table.Len() != 4 {
		t.Errorf("the table has %d rows, want 4: what belongs to nobody is left out", table.Len())
	}
	for _, rows := range [][]Row{table.Object("shop", "web"), table.Object("shop", "web-3"), table.Object("none", "web-1"), table.Namespace("none")} {
		if len(rows) != 0 {
			t.Errorf("there are rows of what is not there: %v", rows)
		}
	}
}

func TestUnusableValuesAreUnknown(t *testing.T) {
	for _, test := range []struct {
		sample *model.Sample
		want   string
	}{
		{sample(math.NaN(), "namespace", "shop", "pod", "web"), "NaN"},
		{sample(math.Inf(1), "namespace", "shop", "pod", "web"), "infinite"},
		{sample(math.Inf(-1), "namespace", "shop", "pod", "web"), "infinite"},
		{&model.Sample{Metric: model.Metric{"namespace": "shop", "pod": "web"}, Histogram: &model.SampleHistogram{}}, "histogram"},
	} {
		table := NewTable(Query{Namespace: "namespace", Object: "pod"}, model.Vector{test.sample}, "")
		got := table.Merge(table.Object("shop", "web"), All, expr.NoAggregation)
		if got.State != Unknown || !strings.Contains(got.Problem, test.want) || got.Number != 0 {
			t.Errorf("%v became %+v, want unknown: %s", test.sample, got, test.want)
		}
	}
}

func TestMerge(t *testing.T) {
	two := []Row{{Object: "a", OtherLabels: []Label{{"code", "200"}}, Value: 2}, {Object: "a", OtherLabels: []Label{{"code", "500"}}, Value: 5}}
	one := []Row{{Object: "a", Value: 2}}
	only := func(text string) Filter { return Filter{selector: selector(t, text).selector, object: "pod"} }
	for _, test := range []struct {
		name    string
		partial string
		rows    []Row
		filter  Filter
		fold    expr.Aggregation
		want    Value
	}{
		{"none", "", nil, All, expr.Sum, Value{}},
		{"one", "", one, All, expr.NoAggregation, Value{State: Known, Number: 2}},
		{"a sum", "", two, All, expr.Sum, Value{State: Known, Number: 7}},
		{"a maximum", "", two, All, expr.Max, Value{State: Known, Number: 5}},
		{"a minimum", "", two, All, expr.Min, Value{State: Known, Number: 2}},
		{"several rows that cannot be merged", "", two, All, expr.NoAggregation, Value{State: Unknown, Problem: "the query returns several values for one object"}},
		{"picked", "", two, only("code=500"), expr.Sum, Value{State: Known, Number: 5}},
		{"a filter with one match", "", two, only("pod=a,code!=500"), expr.Sum, Value{State: Known, Number: 2}},
		{"a filter without a match", "", two, only("code=404"), expr.Sum, Value{}},
		{"absent from a partial answer is unknown", "a store is away", nil, All, expr.Sum, Value{State: Unknown, Problem: "the answer may be incomplete: a store is away"}},
		{"present in a partial answer is known", "a store is away", one, All, expr.NoAggregation, Value{State: Known, Number: 2}},
		{"a sum of a partial answer is unknown", "a store is away", two, All, expr.Sum, Value{State: Unknown, Problem: "the answer may be incomplete: a store is away"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := &Table{Partial: test.partial}
			if diff := cmp.Diff(test.want, table.Merge(test.rows, test.filter, test.fold)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMilli(t *testing.T) {
	for _, test := range []struct {
		number float64
		want   int64
	}{
		{0, 0}, {1.5, 1500}, {0.0004, 0}, {0.0005, 1}, {-2.0006, -2001}, {9e15, 9e18},
	} {
		if got, err := Milli(test.number); err != nil || got != test.want {
			t.Errorf("%g became %d, %v, want %d", test.number, got, err, test.want)
		}
	}
	for _, number := range []float64{9.3e15, -9.3e15, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()} {
		if got, err := Milli(number); err == nil {
			t.Errorf("%g became %d, want an error", number, got)
		}
	}
}
