package repository

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/plan"
	adapter "flyball.dev/flyball/metricsadapter/rule"
)

// rulesIn gives the examples of rules in a page, each with the text that follows it as a block of its own, if one does.
func rulesIn(t *testing.T, page string) (examples [][2]string) {
	t.Helper()
	text, err := os.ReadFile(docs + page)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	for i, block := range blocks {
		if block[1] != "yaml" {
			continue
		}
		example := [2]string{block[2]}
		if i+1 < len(blocks) && blocks[i+1][1] == "text" {
			example[1] = blocks[i+1][2]
		}
		examples = append(examples, example)
	}
	return examples
}

// TestRulesInPagesAreInForce, and are asked as the page says.
func TestRulesInPagesAreInForce(t *testing.T) {
	for page, least := range map[string]int{"prometheus-adapter.md": 2, "rules.md": 1} {
		examples := rulesIn(t, page)
		if len(examples) < least {
			t.Errorf("%s has %d examples of rules, want %d", page, len(examples), least)
		}
		for _, example := range examples {
			loaded, problems, err := adapter.Load([]byte(example[0]))
			if err != nil {
				t.Fatalf("%s: %v\n%s", page, err, example[0])
			}
			set, more := loaded.Resolve(nil, adapter.Builtin)
			if problems = append(problems, more...); len(problems) > 0 {
				t.Errorf("%s: %v", page, problems)
			}
			if example[1] != "" {
				if got := asked(t, set); got != spaces.ReplaceAllString(example[1], " ") {
					t.Errorf("%s: the rules are asked as\n%s\nand not\n%s", page, got, example[1])
				}
			}
		}
	}
}

var spaces = regexp.MustCompile(` {2,}`)

// asked writes a line for each metric: what it is, and what is asked for it.
func asked(t *testing.T, set *adapter.Set) string {
	t.Helper()
	var out strings.Builder
	for _, m := range lint.Metrics(set) {
		q, _, err := plan.ForRule(m.Grouped, plan.Selector{}, plan.ObjectRef{Namespace: "<namespace>", Object: "<object>"})
		if err != nil {
			t.Fatal(err)
		}
		name := m.Name
		if m.Resource != "" {
			name = m.Resource + "/" + name
		}
		fmt.Fprintf(&out, "%s %s\n", name, q.Text)
	}
	return out.String()
}

// TestThePageNamesEveryDifference that rules check reports.
func TestThePageNamesEveryDifference(t *testing.T) {
	page, err := os.ReadFile(docs + "prometheus-adapter.md")
	if err != nil {
		t.Fatal(err)
	}
	loaded, problems, err := adapter.Load([]byte(`
rules:
- {seriesQuery: 'x{namespace!="",pod!="",zone="a"}', resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}, metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'}
- {seriesQuery: 'y{namespace!="",pod!=""}', resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}, name: {as: x}, metricsQuery: 'sum(y) by (<<.GroupBy>>) / sum(z) by (<<.GroupBy>>)'}`))
	if err != nil {
		t.Fatal(err)
	}
	set, _ := loaded.Resolve(nil, adapter.Builtin)
	report := lint.Check(loaded, set, problems, lint.Options{})
	var all strings.Builder
	for _, f := range report.Findings {
		fmt.Fprintln(&all, f)
	}
	for finding, words := range map[string]string{
		"(NaN)": "NaN is 0", "(timestamps)": "the timestamp is the time of the request", "(collisions)": "of two series or rules",
		"(discovery by configuration)": "determines the series' name and labels", "(queries)": "One query for all objects", "(selectors)": "a selector's `in (a)`",
	} {
		if !strings.Contains(all.String(), finding) {
			t.Errorf("no finding is about %s:\n%s", finding, &all)
		}
		if !strings.Contains(string(page), words) {
			t.Errorf("the page says nothing of %q", words)
		}
	}
}
