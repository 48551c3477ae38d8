package plan_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
)

// shape is one case of testdata/shapes: rules, the series in Prometheus, and the selectors of the requests.
type shape struct {
	rules     string
	series    []rule.Series
	selectors []string
}

var seriesLine = regexp.MustCompile(`^series ([^{]*)\{(.*)\}$`)

func parseShape(input string) shape {
	var s shape
	for line := range strings.Lines(input) {
		text := strings.TrimSpace(line)
		switch {
		case seriesLine.MatchString(text):
			parts := seriesLine.FindStringSubmatch(text)
			s.series = append(s.series, rule.Series{Name: parts[1], Labels: strings.Split(parts[2], ",")})
		case strings.HasPrefix(text, "select "):
			s.selectors = append(s.selectors, strings.TrimPrefix(text, "select "))
		default:
			s.rules += line
		}
	}
	return s
}

// resolve resolves the rules with the series that each selector matches. Each label of a series has the value x.
func (s shape) resolve() (*rule.Set, []rule.Problem, error) {
	loaded, problems, err := rule.Load([]byte(s.rules))
	if err != nil {
		return nil, nil, err
	}
	var found map[string][]rule.Series
	if s.series != nil {
		found = map[string][]rule.Series{}
		for _, selector := range loaded.AllSelectors() {
			found[selector.String()] = nil
			for _, series := range s.series {
				labels := map[string]string{"__name__": series.Name}
				for _, label := range series.Labels {
					labels[label] = "x"
				}
				if selector.Matches(labels) {
					found[selector.String()] = append(found[selector.String()], series)
				}
			}
		}
	}
	set, more := loaded.Resolve(found, rule.Builtin)
	return set, append(problems, more...), nil
}

// TestShapes checks, for each shape of rule, the API metrics that prometheus-adapter lists for its series, and the query that
// reads each metric: without a selector, and with each of the selectors. <namespace> and <object> stand for the namespace and
// the object of the request where each has its own query.
func TestShapes(t *testing.T) {
	cases := 0
	datadriven.RunTest(t, "testdata/shapes", func(t *testing.T, d *datadriven.TestData) string {
		cases++
		s := parseShape(d.Input)
		set, problems, err := s.resolve()
		if err != nil {
			return "unusable: " + err.Error() + "\n"
		}
		var out strings.Builder
		for _, m := range lint.Metrics(set) {
			fmt.Fprintf(&out, "%s %s%s namespaced=%t%s\n", m.API, m.Resource+strings.Repeat("/", min(1, len(m.Resource))), m.Name, m.Namespaced, scopeText(m.Grouped.Scope))
			for _, text := range append([]string{""}, s.selectors...) {
				selector, err := plan.ParseSelector(text)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&out, "  %s\n", asks(m.Grouped, selector, text))
			}
		}
		for _, p := range problems {
			fmt.Fprintf(&out, "problem %s\n", p)
		}
		return out.String()
	})
	if cases < 45 {
		t.Errorf("there are only %d shapes", cases)
	}
}

func scopeText(s rule.Scope) string {
	return map[rule.Scope]string{rule.ClusterScope: "", rule.NamespaceScope: " each namespace", rule.ObjectScope: " each object"}[s]
}

// asks returns the query, and the selector that filters the rows of its answer.
func asks(g *rule.MetricQuery, selector plan.Selector, text string) string {
	q, filter, err := plan.ForRule(g, selector, plan.ObjectRef{Namespace: "<namespace>", Object: "<object>"})
	if err != nil {
		return "never: " + err.Error()
	}
	result := q.Text
	if filter != plan.All {
		result += "   # of its rows, those with " + text
	} else if text != "" {
		result += "   # for " + text
	}
	return result
}
