package expr

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/promtest"
)

// randomVector returns a query with a vector result, with nested operations up to a depth.
func randomVector(r *rand.Rand, depth int) string {
	if depth == 0 {
		return oneOf(r, `x`, `y`, `x{pod!="p1"}`, `z{node=~"n."}`, `rate(x[1m])`, `mad_over_time(x[1m])`, `max_over_time(y[2m])`, `last_over_time(z[45s])`)
	}
	inner := func() string { return "(" + randomVector(r, depth-1) + ")" }
	grouping := oneOf(r, `namespace`, `namespace, pod`, `pod`, `node`, `namespace, node`, ``)
	switch r.IntN(12) {
	case 0, 1:
		return oneOf(r, "sum", "min", "max", "count", "avg", "stddev") + oneOf(r, " by (", " by (", " without (") + grouping + ") " + inner()
	case 2:
		return inner() + oneOf(r, " + ", " - ", " * ", " / ") + oneOf(r, "", "", "on (namespace, pod) ", "ignoring (node) ") + inner()
	case 3:
		joined := "(max by (" + oneOf(r, "pod", "pod, namespace", "pod, node") + ") " + inner() + ")"
		return inner() + " * on (pod) group_left (" + oneOf(r, "", "node", "namespace") + ") " + joined
	case 4:
		return inner() + oneOf(r, " > ", " <= ", " != bool ") + fmt.Sprint(r.IntN(100))
	case 5:
		return inner() + oneOf(r, " > ", " < bool ") + inner()
	case 6:
		return inner() + oneOf(r, " and ", " unless ", " or ") + oneOf(r, "", "on (namespace) ", "on (pod) ") + inner()
	case 7:
		return oneOf(r, "abs", "sgn", "-", "ceil", "sort") + inner()
	case 8:
		return `label_replace(` + inner() + `, "` + oneOf(r, "namespace", "zone", "pod") + `", "$1", "node", "(.*)")`
	case 9:
		return "topk by (" + grouping + ") (1, " + inner() + ")"
	case 10:
		return inner() + " / scalar(sum(" + inner() + "))"
	}
	return "clamp_min(" + inner() + ", 3)"
}

func oneOf(r *rand.Rand, texts ...string) string { return texts[r.IntN(len(texts))] }

var evening = time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)

// randomSeries returns a server with series of three metrics in four namespaces and in none, and the times of the oldest
// and the newest of their last samples.
func randomSeries(r *rand.Rand) (server *promtest.Server, oldest, newest time.Time) {
	server, oldest = promtest.New(), evening
	for _, name := range []string{"x", "y", "z"} {
		for _, namespace := range []string{"", "a", "b", "c", "a|b"} {
			for _, pod := range []string{"p1", "p2", "p3"} {
				if r.IntN(4) == 0 {
					continue
				}
				node := oneOf(r, "n1", "n2")
				last := evening.Add(-time.Duration(r.IntN(14_000)) * time.Millisecond)
				for instant := last.Add(-4 * time.Minute); !instant.After(last); instant = instant.Add(15 * time.Second) {
					server.Add(instant, 100*r.Float64(), "__name__", name, "namespace", namespace, "pod", pod, "node", node)
				}
				if last.Before(oldest) {
					oldest = last
				}
				if last.After(newest) {
					newest = last
				}
			}
		}
	}
	return server, oldest, newest
}

// ask returns an answer by its labels, without the metric's name.
func ask(t *testing.T, server *promtest.Server, query string, back time.Duration) (map[string]float64, error) {
	t.Helper()
	answer, err := server.Query(t.Context(), prom.Request{Query: query, Time: evening, Lookback: back})
	values := map[string]float64{}
	for _, s := range answer.Vector {
		delete(s.Metric, model.MetricNameLabel)
		values[s.Metric.String()] = float64(s.Value)
	}
	return values, err
}

// TestRestrictDoesNotChangeElements compares the answer of a narrowed query with the answer of the whole query, without the
// elements of other namespaces.
func TestRestrictDoesNotChangeElements(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	narrowed, elements := 0, 0
	for range 2000 {
		e := mustParse(t, randomVector(r, 1+r.IntN(4)))
		within, err := e.Restrict(twoNamespaces)
		if err != nil {
			continue
		}
		server, _, _ := randomSeries(r)
		whole, err := ask(t, server, e.String(), 0)
		if err != nil {
			continue // for example many-to-many matching
		}
		for element := range whole {
			if !strings.Contains(element, `namespace="a"`) && !strings.Contains(element, `namespace="b"`) {
				delete(whole, element)
			}
		}
		part, err := ask(t, server, within.String(), 0)
		if err != nil {
			t.Fatalf("%s can be answered, but not\n%s: %v", e, within, err)
		}
		if diff := cmp.Diff(whole, part, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-9, 1e-9)); diff != "" {
			t.Fatalf("%s\nnarrowed to\n%s gives (-want +got):\n%s", e, within, diff)
		}
		narrowed++
		elements += len(part)
	}
	if narrowed < 300 || elements < 600 {
		t.Errorf("only %d queries with %d elements were narrowed", narrowed, elements)
	}
}

// TestTimesHaveTheLabelsOfTheAnswer checks that each element has a time, and that each time has an element.
func TestTimesHaveTheLabelsOfTheAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	reported, elements := 0, 0
	for range 2000 {
		e := mustParse(t, randomVector(r, 1+r.IntN(4)))
		times, back, err := e.Times(5 * time.Minute)
		if err != nil {
			continue
		}
		server, oldest, newest := randomSeries(r)
		values, err := ask(t, server, e.String(), 0)
		if err != nil {
			continue
		}
		got, err := ask(t, server, times.String(), back)
		if err != nil {
			t.Fatalf("%s can be answered, but not\n%s: %v", e, times, err)
		}
		if diff := cmp.Diff(keys(values), keys(got)); diff != "" {
			t.Fatalf("%s\nhas other elements than its times\n%s (-want +got):\n%s", e, times, diff)
		}
		for element, at := range got {
			if seconds := math.Round(at*1000) / 1000; seconds < float64(oldest.UnixMilli())/1000 || seconds > float64(newest.UnixMilli())/1000 {
				t.Fatalf("%s\nsays of %s by\n%s that it is of %f", e, element, times, at)
			}
		}
		reported++
		elements += len(got)
	}
	if reported < 300 || elements < 600 {
		t.Errorf("only %d queries with %d elements were told the times of", reported, elements)
	}
}

// TestGapsHaveTheLabelsOfTheAnswer checks that each element that is computed from ranges has a count of its series, and that each
// count has an element: scrapes that never fail have no gap.
func TestGapsHaveTheLabelsOfTheAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	reported, elements := 0, 0
	for range 2000 {
		e := mustParse(t, randomVector(r, 1+r.IntN(4)))
		query, back, _, err := e.TimesAndGaps(5 * time.Minute)
		if err != nil {
			continue
		}
		server, _, _ := randomSeries(r)
		values, err := ask(t, server, e.String(), 0)
		if err != nil {
			continue
		}
		got, err := ask(t, server, query.String(), back)
		if err != nil {
			t.Fatalf("%s can be answered, but not\n%s: %v", e, query, err)
		}
		counts := map[string]float64{}
		for key, value := range got {
			if mark := `__flyball__="gaps"`; strings.Contains(key, mark) {
				key = strings.NewReplacer(mark+", ", "", ", "+mark, "", mark, "").Replace(key)
				counts[key] = value
			}
		}
		if diff := cmp.Diff(keys(values), keys(counts)); diff != "" {
			t.Fatalf("%s\nhas other elements than its gaps\n%s (-want +got):\n%s", e, query, diff)
		}
		reported++
		elements += len(counts)
	}
	if reported < 100 || elements < 200 {
		t.Errorf("only %d queries with %d elements were told the gaps of", reported, elements)
	}
}

func keys(values map[string]float64) []string {
	var all []string
	for k := range values {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// FuzzRewriting checks that narrowed queries and queries for times parse back to their own text, that narrowing adds matchers
// and changes nothing else, and that queries for times read the series of the original query and no others.
func FuzzRewriting(f *testing.F) {
	f.Add(`sum(rate(x{a="b"}[1m])) by (namespace, pod)`, "shop|bank")
	f.Add(`x * on (pod) group_left (node) y offset 5m`, `a"}) or vector(1)#`)
	f.Add(`max_over_time(sum by (namespace) (x)[5m:1m])`, "\x00\n\\")
	f.Add(`topk by (namespace) (3, {"a.b", c!~"d|e"}) % 3`, "ü")
	f.Add(`label_replace(x, "a", "$1", "pod", "(.*)") > 3 unless y`, "shop")
	f.Add(`-x ^ 2 > bool 1e3 or vector(0)`, "")
	f.Add(`M%V`, strings.Repeat("\xb1", 3<<10)) // narrowed, it is longer than the limit of a query
	f.Add(`histogram_quantile(scalar(z), sum without (namespace) (x offset -1h))`, "shop")
	f.Fuzz(func(t *testing.T, query, value string) {
		e, err := Parse(query)
		if err != nil || len(query) > 1<<10 {
			return
		}
		m, err := labels.NewMatcher(labels.MatchEqual, "namespace", value)
		if err != nil {
			return
		}
		if within, err := e.Restrict(m); err == nil {
			again := reread(t, e, within)
			if bare(again) != bare(e) {
				t.Fatalf("%q narrowed to %q has another shape: %q and %q", query, within, bare(e), bare(again))
			}
			if !strings.Contains(within.String(), "namespace="+quoted(value)) {
				t.Fatalf("%q narrowed to %q is not narrow", query, within)
			}
		}
		if times, _, err := e.Times(time.Minute); err == nil {
			own := selectorsOf(e)
			for _, matchers := range selectorsOf(reread(t, e, times)) {
				if !slices.Contains(own, matchers) {
					t.Fatalf("%q is told the times of by %q, which reads %s", query, times, matchers)
				}
			}
		}
		if gaps, _, _, err := e.TimesAndGaps(time.Minute); err == nil {
			own := selectorsOf(e)
			for _, matchers := range selectorsOf(reread(t, e, gaps)) {
				if !slices.Contains(own, matchers) {
					t.Fatalf("%q is told the gaps of by %q, which reads %s", query, gaps, matchers)
				}
			}
		}
	})
}

func reread(t *testing.T, from, made Expr) Expr {
	t.Helper()
	root, err := parse(made.String()) // the caller limits the length of the query
	if err != nil {
		t.Fatalf("%q became %q, which does not parse: %v", from, made, err)
	}
	again := canonical(root)
	if again.String() != made.String() {
		t.Fatalf("%q became %q, which is read as %q", from, made, again)
	}
	return again
}

// bare returns the text of a query without its matchers.
func bare(e Expr) string {
	root, err := parse(e.text)
	if err != nil {
		return err.Error()
	}
	for node := range nodes(root) {
		if selector, ok := node.(*parser.VectorSelector); ok {
			selector.LabelMatchers, selector.Name = nil, "x"
		}
	}
	return root.String()
}
