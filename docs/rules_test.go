package docs

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
	text, err := os.ReadFile(page)
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
		q, _, err := plan.ForRule(m.Grouped, plan.Selector{}, plan.Place{Namespace: "<namespace>", Object: "<object>"})
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
	page, err := os.ReadFile("prometheus-adapter.md")
	if err != nil {
		t.Fatal(err)
	}
	loaded, problems, err := adapter.Load([]byte(`externalRules: [{seriesQuery: x, metricsQuery: 'sum(x{<<.LabelMatchers>>})', resources: {namespaced: false}}]`))
	if err != nil {
		t.Fatal(err)
	}
	set, _ := loaded.Resolve(nil, adapter.Builtin)
	report := lint.Check(loaded, set, problems, lint.Options{})
	told := 0
	for _, f := range report.Findings {
		if strings.HasPrefix(f.Message, "differs from prometheus-adapter") {
			told++
		}
	}
	if told < 5 {
		t.Errorf("only %d differences are reported", told)
	}
	words := []string{"NaN", "timestamp", "of two series or rules", "`seriesQuery`'s matchers", "fixes the series' name and labels", "a selector's `in (a)`"}
	for _, word := range words {
		if !strings.Contains(string(page), word) {
			t.Errorf("the page says nothing of %q", word)
		}
	}
}
