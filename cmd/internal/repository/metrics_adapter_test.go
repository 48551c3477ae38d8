package repository

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
)

// TestQueriesInPagesAreThoseThatAreSent: the first line of an example is a rule's query, and what stands under a remark is
// what becomes of it.
func TestQueriesInPagesAreThoseThatAreSent(t *testing.T) {
	text, err := os.ReadFile(docs + "metrics-adapter.md")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, match := range regexp.MustCompile("(?s)```promql\n(.*?)\n```").FindAllStringSubmatch(string(text), -1) {
		lines := strings.Split(match[1], "\n")
		e, err := expr.Parse(lines[0])
		if err != nil || e.String() != lines[0] {
			t.Fatalf("%s is %s, %v", lines[0], e, err)
		}
		q := plan.Query{Text: lines[0], Namespace: "namespace", Lookback: 2 * 60e9}
		for i := 1; i+1 < len(lines); i += 2 {
			tried++
			got := ""
			switch lines[i] {
			case "# times", "# times only":
				ask := q.Companion
				if lines[i] == "# times only" {
					ask = q.TimesCompanion
				}
				c, err := ask()
				got = c.Query.Text
				if err != nil {
					t.Errorf("%s: %v", lines[0], err)
				}
			case "# namespaces bank and shop":
				in, err := q.ForNamespaces([]string{"bank", "shop"})
				got = in.Text
				if err != nil {
					t.Errorf("%s: %v", lines[0], err)
				}
			}
			if got != lines[i+1] {
				t.Errorf("%s\nof %s is\n%s\nand not\n%s", lines[i], lines[0], got, lines[i+1])
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d queries were found", tried)
	}
}
