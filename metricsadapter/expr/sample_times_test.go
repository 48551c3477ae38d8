package expr

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/promtest"
)

func TestTimes(t *testing.T) {
	for _, test := range []struct {
		name, query, want string
		back              time.Duration
	}{
		{"an instant", `x`, `timestamp(x)`, time.Minute},
		{"a range", `rate(x{a="b"}[2m])`, `timestamp(x{a="b"})`, 2 * time.Minute},
		{"an aggregation has the oldest time", `sum by (namespace, pod) (rate(x[2m]))`, `min by (namespace, pod) (timestamp(x))`, 2 * time.Minute},
		{"every aggregation has the oldest time", `max without (code) (x)`, `min without (code) (timestamp(x))`, time.Minute},
		{"a filter drops times", `sum by (pod) (x > 5)`, `min by (pod) ((timestamp(x) and (x > 5)))`, time.Minute},
		{"a join drops times", `x unless on (pod) y`, `timestamp(x) unless on (pod) (y)`, time.Minute},
		{"topk", `topk by (pod) (1, x)`, `timestamp(x) and (topk by (pod) (1, x))`, time.Minute},
		{"an offset", `sum(x offset 5m)`, `min(timestamp(x offset 5m))`, time.Minute},
		{
			"an offset beside a current sample", `x / x offset 1w`,
			`((timestamp(x) + (timestamp(x offset 1w) + 604800)) - abs(timestamp(x) - (timestamp(x offset 1w) + 604800))) / 2`, time.Minute,
		},
		{
			"different lookbacks", `sum(rate(x[5m])) / sum(y)`,
			`((min(timestamp(x)) + min((timestamp(y) > time() - 60))) - abs(min(timestamp(x)) - min((timestamp(y) > time() - 60)))) / 2`, 5 * time.Minute,
		},
		{"a constant has the current time", `sum(x) or vector(0)`, `min(timestamp(x)) or vector(time())`, time.Minute},
		{"a quantile", `histogram_quantile(0.9, sum by (le, pod) (rate(x[1m])))`, `min without (le) (min by (le, pod) (timestamp(x)))`, time.Minute},
		{"label_replace applies to times", `label_replace(x, "a", "$1", "b", "(.*)")`, `label_replace(timestamp(x), "a", "$1", "b", "(.*)")`, time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, back, err := mustParse(t, test.query).Times(time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want || back != test.back {
				t.Errorf("%s became\n%s, looking back %s, want\n%s, %s", test.query, got, back, test.want, test.back)
			}
		})
	}
}

func TestQueriesWithoutSampleTimes(t *testing.T) {
	for query, want := range map[string]string{
		`max_over_time(sum(x)[5m:1m])`:   "[5m0s:] is a subquery",
		`x @ end()`:                      "fixed time",
		`absent(x)`:                      "absent()",
		`{__name__=~"a|b"}`:              "has no metric name",
		`count_values("a", x)`:           "count_values",
		`quantile by (a) (scalar(y), x)`: "the parameter of quantile is a series",
		`clamp_max(x, scalar(y))`:        "an argument of clamp_max() is a series",
		`vector(scalar(x) + scalar(y))`:  "two scalar operands",
		`1`:                              "the query reads no series",
		strings.Repeat("x + ", 40) + "x": "more than 32 selectors",
	} {
		if got, _, err := mustParse(t, query).Times(time.Minute); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s became %s, %v, want the error %q", query, got, err, want)
		}
	}
}

// TestSampleTimesOfEngineResults evaluates the companion queries with Prometheus' engine, and compares the ages in seconds of its
// results.
func TestSampleTimesOfEngineResults(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server := promtest.New()
	scraped := func(last time.Duration, labels ...string) {
		for age := last + 4*time.Minute; age >= last; age -= 15 * time.Second {
			server.Add(now.Add(-age), float64(1000-age/time.Second), labels...)
		}
	}
	scraped(3*time.Second, "__name__", "x", "pod", "a", "code", "200")
	scraped(48*time.Second, "__name__", "x", "pod", "a", "code", "500")
	scraped(7*time.Second, "__name__", "x", "pod", "b", "code", "200")
	scraped(100*time.Second, "__name__", "x", "pod", "c", "code", "200")
	scraped(20*time.Second, "__name__", "info", "pod", "a", "node", "n1")
	scraped(90*time.Second, "__name__", "info", "pod", "b", "node", "n1")
	for _, test := range []struct {
		name, query string
		want        map[string]float64
	}{
		{"the oldest series", `sum by (pod) (x)`, map[string]float64{`{pod="a"}`: 48, `{pod="b"}`: 7, `{pod="c"}`: 100}},
		{"no series outside the range", `sum by (pod) (rate(x[35s]))`, map[string]float64{`{pod="a"}`: 3, `{pod="b"}`: 7}},
		{"no filtered series", `sum by (pod) (x{pod="a"} > 960)`, map[string]float64{`{pod="a"}`: 3}},
		{
			"the older side of a join", `sum by (node) (rate(x[2m]) * on (pod) group_left (node) info)`,
			map[string]float64{`{node="n1"}`: 90},
		},
		{
			"a lookback for each side", `sum by (pod) (rate(x[35s])) / sum by (pod) (x)`,
			map[string]float64{`{pod="a"}`: 48, `{pod="b"}`: 7},
		},
		{"an offset adds to the age", `sum by (pod) (x{pod="b"} offset 1m)`, map[string]float64{`{pod="b"}`: 67}},
		{"an offset beside a current sample is ignored", `sum by (pod) (x{pod="b"} - x offset 1m)`, map[string]float64{`{pod="b"}`: 7}},
		{"a constant has age 0", `sum(nothing) or vector(0)`, map[string]float64{`{}`: 0}},
		{"the series of a scalar", `sum by (pod) (x{pod="b"} / scalar(sum(x{pod="c"})))`, map[string]float64{`{pod="b"}`: 100}},
	} {
		t.Run(test.name, func(t *testing.T) {
			times, back, err := mustParse(t, test.query).Times(2 * time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := server.Query(t.Context(), prom.Request{Query: times.String(), Time: now, Lookback: back})
			if err != nil {
				t.Fatalf("%s: %v", times, err)
			}
			got := map[string]float64{}
			for _, s := range answer.Vector {
				got[s.Metric.String()] = float64(model.TimeFromUnixNano(now.UnixNano()).Unix()) - float64(s.Value)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("ages by %s (-want +got):\n%s", times, diff)
			}
		})
	}
}
