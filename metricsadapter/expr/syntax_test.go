package expr

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInvalidPromQL: the error states the position, the language of the text, and the fix.
func TestInvalidPromQL(t *testing.T) {
	const record = "evaluate it with a recording rule"
	for _, test := range []struct{ name, query, position, hint string }{
		{"a function of MetricsQL", `sum(range_median(x[5m]))`, `1:5: parse error: unknown function with name "range_median"`, "range_median() is MetricsQL of VictoriaMetrics"},
		{"an aggregation of MetricsQL", `median(x) by (pod)`, `1:1: parse error: unknown function with name "median"`, "median() is MetricsQL"},
		{"a rollup", `rollup_rate(x[5m], "max")`, `unknown function with name "rollup_rate"`, "rollup_rate() is MetricsQL"},
		{"a missing range", `sum(rate(x)) by (pod)`, `1:10: parse error: expected type range vector in call to function "rate", got instant vector`, "add a range, such as rate(...[2m])"},
		{"a default", "sum(x)\n  default 0", `2:3: parse error: unexpected identifier "default"`, "default is MetricsQL"},
		{"a condition", `x if y`, `unexpected identifier "if"`, "if is MetricsQL"},
		{"keep_metric_names", `rate(x[5m]) keep_metric_names`, `unexpected identifier "keep_metric_names"`, "keep_metric_names is MetricsQL"},
		{"a limit", `sum(x) by (pod) limit 5`, `unexpected identifier "limit"`, "limit is MetricsQL"},
		{"a template", `WITH (f(q) = sum(q)) f(x)`, `parse error`, "WITH (...) is MetricsQL"},
		{"a range in steps", `rate(x[5i])`, `parse error`, "a range in steps, as [5i], is MetricsQL"},
		{"matchers with or", `x{a="b" or c="d"}`, `parse error`, "or between matchers is MetricsQL"},
		{"a variable of Grafana", `rate(x[$__rate_interval])`, `1:8: parse error`, "$__rate_interval is a variable of a dashboard or of a query proxy"},
		{"a variable in braces", `sum(x{job="a"}) / ${replicas}`, `parse error`, "${replicas} is a variable"},
		{"a variable in brackets", `rate(x[[[interval]]])`, `parse error`, "[[interval]] is a variable"},
		{"an unknown function", `moving_average(x[5m])`, `1:1: parse error: unknown function with name "moving_average"`, "only Prometheus' PromQL is supported"},
		{"info", `info(x)`, `unknown function with name "info"`, "info() is an experimental function that reads series that the query does not name"},
		{"the range of a graph", `x / range()`, `unknown function with name "range"`, "range() is an experimental function that applies to range queries"},
		{"a renamed function", `holt_winters(x[5m], 0.5, 0.5)`, `unknown function with name "holt_winters"`, "calls it double_exponential_smoothing()"},
		{"an error beside a string", `label_replace(x, "a", "${zone}", "b", "(?P<zone>.*)"`, `unclosed left parenthesis`, ""},
		{"a missing parenthesis", `sum(x`, `1:6: parse error: unclosed left parenthesis`, ""},
		{"a misspelled keyword", `sum(x) yb (pod)`, `unexpected identifier "yb"`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.query)
			wrong, ok := errors.AsType[*SyntaxError](err)
			if !ok {
				t.Fatalf("the error is %v", err)
			}
			if !strings.Contains(err.Error(), test.position) || !strings.Contains(err.Error(), test.hint) {
				t.Errorf("the error is\n%v\nwant %q and %q", err, test.position, test.hint)
			}
			if test.hint == "" && wrong.Hint != "" {
				t.Errorf("a slip has the hint %q", wrong.Hint)
			}
			if strings.Contains(test.hint, "MetricsQL") && !strings.Contains(err.Error(), record) {
				t.Errorf("the error names no way out: %v", err)
			}
		})
	}
}

// TestRejectedFunctionsHaveAReason: the parser accepts none of these functions.
func TestRejectedFunctionsHaveAReason(t *testing.T) {
	for name := range unsupportedFunctions {
		if _, err := Parse(name + "(x)"); err == nil || !strings.Contains(err.Error(), name+"() is an experimental function that") {
			t.Errorf("%s gives %v", name, err)
		}
	}
	for _, name := range metricsQL {
		if _, err := Parse(name + "(x)"); err == nil || !strings.Contains(err.Error(), name+"() is MetricsQL") {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

func TestExperimentalFunctionsAreParsed(t *testing.T) {
	for query, want := range map[string][]string{
		`sum(x)`:                          nil,
		`sum(mad_over_time(x[5m]))`:       {"mad_over_time"},
		`limitk(3, mad_over_time(x[5m]))`: {"limitk", "mad_over_time"},
		`double_exponential_smoothing(x[5m], 0.5, 0.5) / min_of(2, 3)`: {"double_exponential_smoothing", "min_of"},
	} {
		e, err := Parse(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if diff := cmp.Diff(want, e.Experimental()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		narrowed, err := e.Enforce("namespace", "shop")
		if err != nil || strings.Count(narrowed.String(), `namespace="shop"`) != e.SelectorCount() {
			t.Errorf("%s is narrowed to %s, %v", query, narrowed, err)
		}
	}
}
