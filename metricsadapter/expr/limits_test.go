package expr

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// patience is the time limit of one hostile query of 8 KB, on a busy machine and with the race detector.
const patience = 5 * time.Second

// nested repeats the text that opens and closes a part until the query is about size bytes long.
func nested(open, inner, closing string, size int) string {
	n := (size - len(inner)) / (len(open) + len(closing))
	return strings.Repeat(open, n) + inner + strings.Repeat(closing, n)
}

// chained joins a term with itself until the query is about size bytes long.
func chained(term, operator string, size int) string {
	n := size / (len(term) + len(operator))
	return term + strings.Repeat(operator+term, n-1)
}

func matching(pattern string) string { return "x{a=~`" + pattern + "`}" }

// hostile returns queries of a size whose cost grows faster than their length, by the name of their construct.
func hostile(size int) map[string]string {
	return map[string]string{
		"parentheses":       nested("(", "x", ")", size),
		"unclosed":          strings.Repeat("(", size),
		"aggregations":      nested("sum(", "x", ")", size),
		"functions":         nested("abs(", "x", ")", size),
		"subqueries":        nested("rate((", "x", ")[1m:])", size),
		"label_replace":     nested("label_replace(", "x", `,"a","b","c","d")`, size),
		"signs":             nested("-", "x", "", size),
		"spaced signs":      nested("- + # )\n", "x", "", size),
		"sums":              chained("x", "+", size),
		"sums of numbers":   chained("1", "+", size),
		"powers":            chained("1", "^", size),
		"signed powers":     chained("-1", "^", size),
		"unions":            chained("x", " or ", size),
		"comparisons":       chained("x", "> bool ", size),
		"sums of vector()":  chained("vector(1)", "+", size),
		"filtered vector()": "(" + chained("vector(1)", ">", size) + ")",
		"matchers":          "sum(x{" + chained(`a="b"`, ",", size) + "})",
		"groupings":         "sum by (" + chained("a", ",", size) + ") (x)",
		"repetitions":       matching(chained("x{1000}", "", size)),
		"classes":           matching(chained(`\pL{9}`, "", size)),
		"folded ranges":     matching("(?i)" + chained(`[B-\x{1e900}]`, "", size)),
		"folded in a group": matching("(?s-i:(?Ui:" + chained(`[]B-\x{1e900}]`, "", size) + "))"),
		"folded literally":  matching("(?i)" + chained("[[:alpha:]B-\U0001e900]", "", size)),
		"alternatives":      matching(chained("(a|b)", "", size)),
		"groups":            matching(nested("(", "a", ")*", size)),
		"many patterns":     "x{" + chained(`a=~"x{1000}"`, ",", size) + "}",
	}
}

// TestHostileQueries: each query of the length that a spec allows is compiled and confined, or rejected, in a bounded time, and
// a confined query parses again.
func TestHostileQueries(t *testing.T) {
	for name, query := range hostile(8000) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			err := compileConfined(query)
			if took := time.Since(start); took > patience {
				t.Errorf("took %s, with the error %v", took, err)
			}
			if err != nil && len(err.Error()) > 400 {
				t.Errorf("the error has %d bytes: %.200s…", len(err.Error()), err)
			}
		})
	}
}

// compileConfined runs all steps of a query of a spec. It panics if a confined query does not parse.
func compileConfined(query string) error {
	e, err := Parse(query)
	if err != nil {
		return err
	}
	confined, err := e.Enforce("namespace", "shop")
	if err != nil {
		return err
	}
	again, err := Parse(confined.String())
	if err != nil || again.String() != confined.String() {
		panic(fmt.Sprintf("%s is confined to %s, which parses to %s with the error %v", query, confined, again, err))
	}
	if times, _, err := again.Times(time.Minute); err == nil {
		if _, err := parse(times.String()); err != nil {
			panic(fmt.Sprintf("the times of %s are %s, which does not parse: %v", query, times, err))
		}
	}
	return nil
}

func TestLimits(t *testing.T) {
	for _, test := range []struct{ name, query, says string }{
		{"length", `x{a="` + strings.Repeat("b", MaxLength) + `"}`, "bytes long, more than the 16384 allowed"},
		{"depth", nested("(", "x", ")", 2*MaxDepth+3), "nested more than 64 levels deep at byte 64: evaluate the inner part with a recording rule"},
		{"depth of signs", nested("-", "x", "", MaxDepth+2), "nested more than 64 levels deep"},
		{"tokens", chained("x", "+", 2*MaxTokens), "more than 4000 tokens"},
		{"repetition", matching(chained("x{1000}", "", 8*21)), "compile to more than 20000 instructions"},
		{"Unicode classes", matching(chained(`\pL`, "", 3*33)), "more than 32 character classes"},
		{"folded ranges", matching("(?i)" + chained(`[B-\x{1e900}]`, "", 13*5)), "more than 2 ranges beyond ASCII"},
		{"bad pattern", matching("a(" + strings.Repeat("b", 200)), "the regular expression \"a(bbb"},
		{"confined", chained("a_metric", "+", 8000), `with matcher namespace="shop" in each of its`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := compileConfined(test.query)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v, want %q", err, test.says)
			}
		})
	}
}

// TestWithinTheLimits: queries that users write, and grouped queries, are within the limits.
func TestWithinTheLimits(t *testing.T) {
	names := make([]string, 200)
	for i := range names {
		names[i] = fmt.Sprintf("team-%d-a-namespace-with-a-name-of-a-usual-length", i)
	}
	for name, query := range map[string]string{
		"the deepest":        nested("(", "x", ")", 2*MaxDepth+1),
		"brackets in texts":  `sum(x{a="` + strings.Repeat("((", 200) + `"}) # ` + strings.Repeat("((", 200),
		"many terms":         chained(`rate(http_requests_total{code="200"}[5m])`, " + ", 4000),
		"many namespaces":    `sum by (namespace) (x{namespace=~"` + strings.Join(names, "|") + `"})`,
		"case-insensitive":   matching(`(?i)get-[a-z0-9]+-(foo|bar)-\d+-\d+-\d+-\d+-\d+`),
		"usual repetitions":  matching(`[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}`),
		"differences":        "a - b - c - -d - (-e)",
		"exponents of signs": "2 ^ -x ^ -1",
	} {
		if _, err := Parse(query); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzLimits: any text is compiled and confined, or rejected, in a bounded time, and a confined query parses again.
func FuzzLimits(f *testing.F) {
	for _, query := range hostile(300) {
		f.Add(query, "", "", uint8(0))
	}
	f.Add("x", "label_replace(", `,"a","$1","c","(.*)")`, uint8(40))
	f.Add("vector(1)", "", " + vector(1)", uint8(200))
	f.Fuzz(func(t *testing.T, inner, open, closing string, times uint8) {
		n := int(times)
		if grown := len(inner) + n*(len(open)+len(closing)); grown > MaxLength {
			n = 1
		}
		start := time.Now()
		_ = compileConfined(strings.Repeat(open, n) + inner + strings.Repeat(closing, n)) // most are rejected
		if took := time.Since(start); took > patience {
			t.Errorf("took %s", took)
		}
	})
}

// BenchmarkParse measures a query of a usual size, and the most expensive query within the limits.
func BenchmarkParse(b *testing.B) {
	for name, query := range map[string]string{
		"usual":  `sum(rate(http_requests_total{app="web",code=~"2.."}[1m])) / sum(rate(http_requests_total{app="web"}[1m]))`,
		"terms":  chained("1", "+", MaxTokens),
		"deep":   nested("(", "x", ")", 2*MaxDepth+1),
		"regexp": matching(strings.Repeat("x{1000}", 19)),
		"folded": matching("(?i)" + strings.Repeat(`[B-\x{1e900}]`, maxFoldedRanges)),
		"parens": nested("(", "x", ")", 8000),
	} {
		b.Run(fmt.Sprintf("%s-%dB", name, len(query)), func(b *testing.B) {
			for b.Loop() {
				if e, err := Parse(query); err == nil {
					_, _ = e.Enforce("namespace", "shop") // it may be rejected
				}
			}
		})
	}
}
