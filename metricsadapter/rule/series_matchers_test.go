package rule

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// selectorsOf returns the matchers of each selector of a query.
func selectorsOf(t *testing.T, query string) [][]*labels.Matcher {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Fatal(err)
	}
	return parser.ExtractSelectors(e)
}

// TestSeriesQueryMatcherIsInAllSelectorsOrNone: for any query, each matcher of seriesQuery is in all selectors or in none.
// The test ignores selectors with another matcher on the same label, and matchers on the labels of the objects.
func TestSeriesQueryMatcherIsInAllSelectorsOrNone(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 12))
	one := func(of ...string) string { return of[random.IntN(len(of))] }
	kept, dropped := 0, 0
	for range 500 {
		matchers := []string{`namespace!=""`, `pod!=""`}
		for _, more := range []string{`uri!="/health"`, `code=~"5.."`, `le="1"`, `zone!=""`} {
			if random.IntN(3) == 0 {
				matchers = append(matchers, more)
			}
		}
		var parts []string
		for range 1 + random.IntN(3) {
			inside := one("<<.LabelMatchers>>", "<<.LabelMatchers>>", `<<.LabelMatchers>>,uri="/x"`, `<<.LabelMatchers>>,code!="500"`, `zone="b"`)
			parts = append(parts, fmt.Sprintf("sum(rate(%s{%s}[2m])) by (<<.GroupBy>>)", one("<<.Series>>", "x_sum", "x_count", "other"), inside))
		}
		text := fmt.Sprintf("rules: [{seriesQuery: 'x_sum{%s}', resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}, metricsQuery: '%s'}]",
			strings.Join(matchers, ","), strings.Join(parts, one(" / ", " or ", " * ")))
		loaded, problems, err := Load([]byte(text))
		if err != nil || len(problems) > 0 {
			t.Fatal(text, err, problems)
		}
		set, problems := loaded.Resolve(nil, Builtin)
		if len(problems) > 0 {
			t.Fatal(text, problems)
		}
		for _, r := range set.Custom {
			for _, m := range loaded.discoveries[0].selector.onLabels() {
				if m.Name == r.Labels.Namespace || m.Name == r.Labels.Object {
					continue
				}
				with, without := 0, 0
				for _, selector := range selectorsOf(t, r.Expr.String()) {
					same := func(o *labels.Matcher) bool { return o.Name == m.Name && o.String() == m.String() }
					on := func(o *labels.Matcher) bool { return o.Name == m.Name }
					switch {
					case slices.ContainsFunc(selector, same):
						with++
					case !slices.ContainsFunc(selector, on):
						without++
					}
				}
				if with > 0 && without > 0 {
					t.Fatalf("%s\nhas %s in %d selectors and lacks it in %d:\n%s", text, m, with, without, r.Expr)
				}
				kept, dropped = kept+with, dropped+without
			}
		}
	}
	if kept < 100 || dropped < 100 {
		t.Errorf("%d matchers were kept and %d dropped: both are to be tried", kept, dropped)
	}
}
