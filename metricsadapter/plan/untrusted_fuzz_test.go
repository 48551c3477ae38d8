package plan_test

import (
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
)

// FuzzObjectRef checks that no namespace and no name changes the shape of a query, whatever the template, and that each
// selector with a matcher on the namespace matches the namespace of the object.
func FuzzObjectRef(f *testing.F) {
	f.Add(`sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)`, "shop", "web-1")
	f.Add(`sum(x{<<.LabelMatchers>>}) by (pod) / on (pod) sum(y) by (pod)`, `a"}) or vector(1)#`, `b`)
	f.Add(`x{<<.LabelMatchers>>} / scalar(sum(x{<<.LabelMatchers>>}))`, "a|b", `.*`)
	f.Add(`sum(x{a=~"b-<<.LabelValuesByName.pod>>.*",namespace="<<.LabelValuesByName.namespace>>"}) by (pod)`, `\`, `").*|(`)
	f.Add(`label_replace(x{p="<<.LabelValuesByName.pod>>",<<.LabelMatchers>>}, "pod", "<<.LabelValuesByName.pod>>", "p", "(<<.LabelValuesByName.pod>>)")`, "\x00", "$1${2}")
	f.Add(`sum({"<<.LabelValuesByName>>"}) by (pod)`, "0", "0")
	f.Add(`sum(x{a=~"<<.LabelValuesByName.pod>>0"}) by (pod)`, "0", "\xe8")
	f.Fuzz(func(t *testing.T, text, namespace, object string) {
		quoted, err := json.Marshal(text)
		if err != nil || len(text) > 1<<10 {
			return
		}
		loaded, _, err := rule.Load([]byte(`{"rules": [{"seriesQuery": "x{namespace!=\"\",pod!=\"\"}", "metricsQuery": ` + string(quoted) +
			`, "resources": {"overrides": {"namespace": {"resource": "namespace"}, "pod": {"resource": "pod"}}}}]}`))
		if err != nil {
			return
		}
		set, _ := loaded.Resolve(nil, rule.Builtin)
		found := set.FindCustom(rule.Pods.Resource, "x", "shop")
		if found == nil || len(object) > 1<<10 || len(namespace) > 1<<10 {
			return
		}
		plain, _, err := plan.ForRule(&found.MetricQuery, plan.Selector{}, plan.ObjectRef{Namespace: "n", Object: "o"})
		if err != nil {
			return
		}
		hostile, _, err := plan.ForRule(&found.MetricQuery, plan.Selector{}, plan.ObjectRef{Namespace: namespace, Object: object})
		switch {
		case err == nil:
		case utf8.ValidString(namespace) && utf8.ValidString(object):
			t.Fatalf("%q in %q is refused: %v", object, namespace, err)
		default: // not UTF-8: no object has such a name, and no pattern can contain it
			return
		}
		wantShape, want := skeleton(t, plain.Text, "n")
		gotShape, got := skeleton(t, hostile.Text, namespace)
		if wantShape != gotShape || !slices.Equal(want, got) {
			t.Fatalf("%q for %q in %q becomes\n%s\nwhich is not of the shape of\n%s", text, object, namespace, hostile.Text, plain.Text)
		}
		if found.Scope != rule.ClusterScope {
			return
		}
		// With cluster scope, all objects share one query.
		if hostile != plain {
			t.Fatalf("%s is asked for one, and %s for another", plain.Text, hostile.Text)
		}
	})
}

// skeleton returns a query without its values, and for each selector whether it matches on the namespace.
func skeleton(t *testing.T, text, namespace string) (shape string, asks []bool) {
	t.Helper()
	root, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%s does not parse: %v", text, err)
	}
	parser.Inspect(root, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			asks = append(asks, slices.ContainsFunc(n.LabelMatchers, func(m *labels.Matcher) bool {
				return m.Name == "namespace" && (m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp) && m.Matches(namespace)
			}))
			for _, m := range n.LabelMatchers {
				if m.Name != "__name__" {
					m.Value = ""
				}
			}
			// Of equal matchers one is left: their order, and how often each is there, may change with the values.
			slices.SortFunc(n.LabelMatchers, func(a, b *labels.Matcher) int {
				return len(a.String()) - len(b.String())
			})
		case *parser.StringLiteral:
			n.Val = ""
		}
		return nil
	})
	return root.String(), asks
}

// TestHostileSelectorValues renders values that every API server rejects, in place of matchers and inside a pattern of the
// template; the query matches them literally in both.
func TestHostileSelectorValues(t *testing.T) {
	for text, want := range map[string]string{
		`sum(x{<<.LabelMatchers>>})`: `sum by (namespace) (x{code="",namespace!="",pod!=""})`,
		`sum(x{namespace="<<.LabelValuesByName.namespace>>",code=~"a-<<.LabelValuesByName.code>>"})`: `sum by (namespace) (x{code=~"",namespace!=""})`,
	} {
		set := resolveOne(t, "externalRules", text)
		for _, value := range []string{`a"}) or vector(1)#`, `.*`, `\`, "a|b", "\n", "[", "$1"} {
			e, err := set.FindExternal("x", "shop").Render(rule.QueryParameters{
				Matchers: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "code", value)},
				Values:   map[string][]string{"code": {value}},
			})
			if err != nil {
				t.Fatalf("%q: %v", value, err)
			}
			got, _ := skeleton(t, e.String(), "shop")
			if wanted, _ := skeleton(t, want, "shop"); got != wanted {
				t.Errorf("%q becomes %s", value, e)
			}
		}
	}
}
