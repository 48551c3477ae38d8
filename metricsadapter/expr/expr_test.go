package expr

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
)

func TestEqualQueriesHaveOneText(t *testing.T) {
	for _, pair := range [][2]string{
		{`sum(rate(x{b="2",a="1"}[1m])) by (pod,namespace)`, `sum by (namespace, pod) (rate(x{a="1", b="2"}[60s]))`},
		{`x{a="1",a="1"}`, `x{a="1"}`},
		{"x   # a remark\n", `x`},
		{`{__name__="x"}`, `{__name__="x"}`},
	} {
		a, b := mustParse(t, pair[0]), mustParse(t, pair[1])
		if a.String() != b.String() {
			t.Errorf("%s and %s have two texts:\n%s\n%s", pair[0], pair[1], a, b)
		}
	}
}

func TestParseRejects(t *testing.T) {
	for _, test := range []struct{ name, query, want string }{
		{"an empty query", " \n", "empty"},
		{"broken syntax", `sum(rate(x[1m])`, "not PromQL"},
		{"a range", `x[5m]`, "range vector"},
		{"a string", `"x"`, "string"},
		{"an unknown function", `ratio(x)`, "unknown function"},
		{"a query that is too long", `x{a="` + strings.Repeat("a", MaxLength) + `"}`, "16384"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.query)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not say %q", err, test.want)
			}
		})
	}
}

func TestEnforceChangesEverySelector(t *testing.T) {
	const hostile = `a"}) or vector(1)#`
	for _, test := range []struct{ query, want string }{
		{`x`, `x{namespace="shop"}`},
		{`sum(rate(x[1m])) / sum(y)`, `sum(rate(x{namespace="shop"}[1m])) / sum(y{namespace="shop"})`},
		{`max_over_time(sum(x)[5m:1m] offset 1h)`, `max_over_time(sum(x{namespace="shop"})[5m:1m] offset 1h)`},
		{`x{namespace="shop"}`, `x{namespace="shop"}`},
		{`x{namespace=~"shop|bar"}`, `x{namespace="shop",namespace=~"shop|bar"}`},
		{`absent(x) or vector(0)`, `absent(x{namespace="shop"}) or vector(0)`},
		{`{"http.requests", "service.name"="a"}`, `{"service.name"="a",__name__="http.requests",namespace="shop"}`},
		{`sum by (a) (x) * on (a) group_left (b) y`, `sum by (a) (x{namespace="shop"}) * on (a) group_left (b) y{namespace="shop"}`},
	} {
		got, err := mustParse(t, test.query).Enforce("namespace", "shop")
		if err != nil {
			t.Fatalf("%s: %v", test.query, err)
		}
		if got.String() != test.want {
			t.Errorf("%s became\n%s, want\n%s", test.query, got, test.want)
		}
	}
	got, err := mustParse(t, `sum(x)`).Enforce("namespace", hostile)
	if err != nil {
		t.Fatal(err)
	}
	if want := `sum(x{namespace="a\"}) or vector(1)#"})`; got.String() != want {
		t.Errorf("a hostile value became %s, want %s", got, want)
	}
}

func TestEnforceRejectsAnotherValue(t *testing.T) {
	for _, query := range []string{`x{namespace="other"}`, `sum(x) + sum(y{namespace=~"kube-.*"})`, `x{namespace!="shop"}`} {
		_, err := mustParse(t, query).Enforce("namespace", "shop")
		if err == nil || !strings.Contains(err.Error(), `may only read namespace="shop"`) {
			t.Errorf("%s: error %v does not say what may be read", query, err)
		}
	}
}

func TestWithMatchersDoesNotChangeTheOriginal(t *testing.T) {
	e := mustParse(t, `sum(x)`)
	if _, err := e.WithMatchers(labels.MustNewMatcher(labels.MatchEqual, "a", "b")); err != nil {
		t.Fatal(err)
	}
	if e.String() != `sum(x)` {
		t.Errorf("the original became %s", e)
	}
}

func TestResult(t *testing.T) {
	pod := []string{"namespace", "pod"}
	for _, test := range []struct {
		name, query string
		want        Result
	}{
		{"a sum", `sum by (pod, namespace) (rate(x[1m]))`, Result{Labels: pod, LabelsKnown: true, Aggregation: Sum}},
		{"counts are merged by a sum", `count by (namespace, pod) (x)`, Result{Labels: pod, LabelsKnown: true, Aggregation: Sum}},
		{"a maximum", `(max by (namespace, pod) (x))`, Result{Labels: pod, LabelsKnown: true, Aggregation: Max}},
		{"averages cannot be merged", `avg by (namespace, pod) (x)`, Result{Labels: pod, LabelsKnown: true}},
		{"a ratio with equal labels", `sum by (namespace, pod) (x) / sum by (pod, namespace) (y)`, Result{Labels: pod, LabelsKnown: true}},
		{"a ratio with different labels", `sum by (namespace, pod) (x) / sum by (pod) (y)`, Result{}},
		{"a multiple", `1000 * sum by (namespace, pod) (x)`, Result{Labels: pod, LabelsKnown: true}},
		{"a quantile drops le", `histogram_quantile(0.9, sum by (namespace, pod, le) (rate(x[1m])))`, Result{Labels: pod, LabelsKnown: true}},
		{"a clamp", `clamp_min(sum by (namespace, pod) (x), 0)`, Result{Labels: pod, LabelsKnown: true}},
		{"a filter", `sum by (namespace, pod) (x) and on (pod) y`, Result{Labels: pod, LabelsKnown: true}},
		{"a comparison", `sum by (namespace, pod) (x) > 3`, Result{Labels: pod, LabelsKnown: true}},
		{"a plain sum", `sum(x)`, Result{LabelsKnown: true, Aggregation: Sum}},
		{"a scalar", `scalar(x)`, Result{LabelsKnown: true}},
		{"a bare selector", `x`, Result{}},
		{"without", `sum without (pod) (x)`, Result{}},
		{"topk keeps all labels", `topk by (namespace, pod) (1, x)`, Result{}},
		{"a join", `sum by (namespace, pod) (x) * on (pod) group_left (node) y`, Result{}},
		{"label_replace", `label_replace(sum by (pod) (x), "a", "$1", "pod", "(.*)")`, Result{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := mustParse(t, test.query).Result()
			if len(got.Labels) == 0 {
				got.Labels = nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.query, diff)
			}
		})
	}
}

func TestWindow(t *testing.T) {
	for query, want := range map[string]time.Duration{
		`sum(x)`:                                   0,
		`rate(x[2m])`:                              2 * time.Minute,
		`rate(x[2m]) + rate(y[5m])`:                5 * time.Minute,
		`max_over_time(rate(x[2m])[10m:1m])`:       12 * time.Minute,
		`sum(rate(x[2m])) or max_over_time(y[3m])`: 3 * time.Minute,
	} {
		if got := mustParse(t, query).Window(); got != want {
			t.Errorf("%s looks back %s, want %s", query, got, want)
		}
	}
}

func TestReadsInstant(t *testing.T) {
	for query, want := range map[string]bool{`time()`: false, `rate(x[1m])`: false, `x`: true, `x / rate(y[1m])`: true, `max_over_time(x[5m:1m])`: true} {
		if got := mustParse(t, query).ReadsInstant(); got != want {
			t.Errorf("%s reads an instant: %t, want %t", query, got, want)
		}
	}
}

func TestSelectorCount(t *testing.T) {
	for query, want := range map[string]int{`time()`: 0, `vector(1)`: 0, `x`: 1, `x + rate(y[1m])`: 2} {
		if got := mustParse(t, query).SelectorCount(); got != want {
			t.Errorf("%s has %d selectors, want %d", query, got, want)
		}
	}
}
