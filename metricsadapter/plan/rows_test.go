package plan

import (
	"strings"
	"testing"

	"flyball.dev/flyball/metricsadapter/rule"
)

func TestForRows(t *testing.T) {
	for name, tc := range map[string]struct{ query, selector, names, want string }{
		"pods of a target": {
			`sum by (namespace, pod) (rate(x[1m]))`, "", "web-[a-z0-9]+",
			`sum by (namespace, pod) (rate(x{namespace="shop",pod=~"web-[a-z0-9]+"}[1m]))`,
		},
		"one object": {
			`max by (namespace, pod) (x)`, "", "web", `max by (namespace, pod) (x{namespace="shop",pod="web"})`,
		},
		"all objects": {
			`sum by (namespace, pod) (x)`, "", "", `sum by (namespace, pod) (x{namespace="shop"})`,
		},
		"a selector on a label of the result": {
			`sum by (namespace, pod, code) (x)`, "code in (200,204)", "web", `sum by (code, namespace, pod) (x{code=~"200|204",namespace="shop",pod="web"})`,
		},
		"a selector on another label": {
			`sum by (namespace, pod) (x)`, "code=200", "web", `sum by (namespace, pod) (x{code="200",namespace="shop",pod="web"})`,
		},
		"a joined series": {
			`sum by (namespace, pod) (x) / on (namespace) group_left () sum by (namespace) (y)`, "", "web",
			`sum by (namespace, pod) (x{namespace="shop",pod="web"}) / on (namespace) group_left () sum by (namespace) (y{namespace="shop"})`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ForRows(grouped(t, tc.query), selector(t, tc.selector), "shop", tc.names)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestForRowsRefuses(t *testing.T) {
	g := grouped(t, `topk(3, sum by (namespace, pod) (x))`)
	if got, err := ForRows(g, Selector{}, "shop", "web"); err == nil || !strings.Contains(err.Error(), "cannot be restricted to values of label namespace") {
		t.Errorf("the highest three of all namespaces became %s, %v", got, err)
	}
	g = grouped(t, `sum by (namespace, pod) (x)`)
	g.Scope = rule.ObjectScope
	if got, err := ForRows(g, Selector{}, "shop", "web"); err == nil || !strings.Contains(err.Error(), "a different one for each object") {
		t.Errorf("a query for one object became %s, %v", got, err)
	}
}
