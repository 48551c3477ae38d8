package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func trace(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestATracesPeakNeedsAsManyPodsAsAskedFor(t *testing.T) {
	path := trace(t, "timestamp,value\n2026-01-01T00:00:00Z,5\n2026-01-01T00:01:00Z,20\n")
	demand, err := newDemand(settings{trace: path, speed: 60, peak: 12})
	if err != nil {
		t.Fatal(err)
	}
	for second, want := range []float64{150, 600} {
		if got, known := demand(time.Duration(second) * time.Second); got != want || !known {
			t.Errorf("second %d: %v, %t, want %v", second, got, known, want)
		}
	}
}

func TestRefusedDemandsSayWhy(t *testing.T) {
	for name, test := range map[string]struct {
		settings settings
		want     string
	}{
		"a trace that is not there": {settings{trace: "nowhere.csv", speed: 1, peak: 1}, "nowhere.csv"},
		"no speed":                  {settings{trace: "nowhere.csv", peak: 1}, "-speed 0"},
		"a trace of zeros":          {settings{trace: trace(t, "timestamp,value\n2026-01-01T00:00:00Z,0\n2026-01-01T00:01:00Z,0\n"), speed: 1, peak: 1}, "every value of the trace is 0"},
		"a curve nobody knows":      {settings{curve: "zigzag 1"}, "zigzag"},
	} {
		if _, err := newDemand(test.settings); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, test.want)
		}
	}
}
