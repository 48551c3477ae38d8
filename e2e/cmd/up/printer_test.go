package main

import (
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/record"
)

func TestLinesShowChangesAndFitTheTerminal(t *testing.T) {
	var out strings.Builder
	p := &printer{out: &out, unit: "requests/s", hpa: true, width: 62}
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for i, desired := range []int32{2, 5, 3} {
		p.line(view{
			web:    record.Sample{Time: start.Add(time.Duration(i) * time.Second), Load: 120, LoadKnown: i != 2, Ready: 2, Desired: desired},
			api:    record.Sample{Ready: 1, Desired: 1},
			reason: "cpu 184% of the requests",
		})
	}
	want := `time     requests/s  web ready/of  api ready/of  reason of web
12:00:00        120  2/2           1/1           cpu 184% of …
12:00:01        120  2/5 ↑         1/1           cpu 184% of …
12:00:02    unknown  2/3 ↓         1/1           cpu 184% of …
`
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestWithoutATerminalNothingIsCutOrPainted(t *testing.T) {
	var out strings.Builder
	p := &printer{out: &out}
	reason := strings.Repeat("a long reason ", 30)
	p.line(view{reason: reason})
	if got := out.String(); !strings.Contains(got, reason) || strings.Contains(got, "\x1b") {
		t.Errorf("got %q", got)
	}
}
