package expr

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

func mustParse(t *testing.T, query string) Expr {
	t.Helper()
	e, err := Parse(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return e
}

// selectorsOf returns each selector's matchers as one string.
func selectorsOf(e Expr) []string {
	var all []string
	for _, matchers := range parser.ExtractSelectors(e.root) {
		text := ""
		for _, m := range matchers {
			text += m.String() + ","
		}
		all = append(all, text)
	}
	return all
}

// quoted returns a value as a matcher prints it.
func quoted(value string) string {
	return labels.MustNewMatcher(labels.MatchEqual, "x", value).String()[len("x="):]
}
