package expr

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
)

var twoNamespaces = labels.MustNewMatcher(labels.MatchRegexp, "namespace", "a|b")

func TestRestrict(t *testing.T) {
	for _, test := range []struct{ name, query, want string }{
		{"a selector", `x`, `x{namespace=~"a|b"}`},
		{"a group", `sum by (namespace, pod) (rate(x{code="200"}[1m]))`, `sum by (namespace, pod) (rate(x{code="200",namespace=~"a|b"}[1m]))`},
		{"a ratio", `sum by (namespace) (x) / sum by (namespace) (y)`, `sum by (namespace) (x{namespace=~"a|b"}) / sum by (namespace) (y{namespace=~"a|b"})`},
		{
			"a join on another label is not restricted", `x * on (node) group_left (zone) info`,
			`x{namespace=~"a|b"} * on (node) group_left (zone) info`,
		},
		{
			"a join of the label namespace", `sum by (namespace) (x * on (pod) group_left (namespace) info)`,
			`sum by (namespace) (x * on (pod) group_left (namespace) info{namespace=~"a|b"})`,
		},
		{"a join with group_right", `info * on (node) group_right () x`, `info * on (node) group_right () x{namespace=~"a|b"}`},
		{"a filter by another label", `x and on (node) y`, `x{namespace=~"a|b"} and on (node) y`},
		{"a filter by the label namespace", `x unless on (namespace) y`, `x{namespace=~"a|b"} unless on (namespace) y{namespace=~"a|b"}`},
		{"or", `x or y`, `x{namespace=~"a|b"} or y{namespace=~"a|b"}`},
		{"a scalar is not restricted", `x / scalar(sum(y))`, `x{namespace=~"a|b"} / scalar(sum(y))`},
		{"a subquery", `max_over_time(sum by (namespace) (x)[5m:1m])`, `max_over_time(sum by (namespace) (x{namespace=~"a|b"})[5m:1m])`},
		{"topk by namespace", `topk by (namespace) (1, x)`, `topk by (namespace) (1, x{namespace=~"a|b"})`},
		{"label_replace of another label", `label_replace(x, "a", "$1", "b", "(.*)")`, `label_replace(x{namespace=~"a|b"}, "a", "$1", "b", "(.*)")`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := mustParse(t, test.query)
			got, err := e.Restrict(twoNamespaces)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want {
				t.Errorf("%s became\n%s, want\n%s", test.query, got, test.want)
			}
			if e.String() != mustParse(t, test.query).String() {
				t.Errorf("the original became %s", e)
			}
		})
	}
}

func TestRestrictRejectsQueriesThatMixNamespaces(t *testing.T) {
	for query, want := range map[string]string{
		`absent(x)`:                       "absent()",
		`vector(1)`:                       "vector()",
		`scalar(x)`:                       "scalar()",
		`1 + time()`:                      "no labels",
		`x + on (pod) y`:                  "+ matches series with different values of that label",
		`x or on (pod) y`:                 "or matches series with different values of that label",
		`sum by (pod) (x)`:                "sum aggregates over that label",
		`sum without (namespace) (x)`:     "sum aggregates over that label",
		`clamp_max(x, scalar(sum(y)))`:    "is a series",
		`sum by (namespace) (topk(3, x))`: "topk aggregates over that label",
		`count_values by (namespace) ("namespace", x)`:     "sets that label",
		`label_replace(x, "namespace", "$1", "b", "(.*)")`: "label_replace() sets that label",
	} {
		if got, err := mustParse(t, query).Restrict(twoNamespaces); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s became %s, %v, want the error %q", query, got, err, want)
		}
	}
}
