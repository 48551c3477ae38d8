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

// shape is one case of testdata/shapes: rules, the series that there are, and selectors to read with.
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

// resolve resolves the rules with those series that each selector would find. A series has the value x for each label.
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

// TestShapes states, for each shape of rule, which API metrics prometheus-adapter would list for its series, and what is
// asked to read each: without a selector, and with each of the selectors. <namespace> and the like stand for what is
// read, where a query is asked for each.
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

// asks tells what is asked, and what is then picked from the answer.
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
