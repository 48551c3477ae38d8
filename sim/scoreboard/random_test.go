package scoreboard

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/sim/peers"
)

// TestBoundsTable: a policy with more pods on one load and more lateness on another, by hand.
func TestBoundsTable(t *testing.T) {
	row := func(load, policy string, pods, late float64) Row {
		r := Row{Load: load, Policy: policy, Metric: peers.Rate, Start: 30 * time.Second, Seed: 1}
		r.Seconds, r.PodHours, r.OptimalPodHours, r.SLOViolationSeconds = 3600, pods, 50, late
		return r
	}
	got := BoundsTable([]Row{
		row("1 daily", "hpa", 100, 10), row("2 idle", "hpa", 100, 10), row("3 flash", "hpa", 100, 10), row("4 steps", "hpa", 100, 10),
		row("1 daily", "own", 80, 20.9), row("2 idle", "own", 115.1, 0), row("3 flash", "own", 90, 20.7), row("4 steps", "own", 114.9, 10),
	}, nil)
	for _, want := range []string{
		"| `own` | 4 | 50.00 % | 1 | 1 | ×1.151, `2 idle` by rate, start 30s | +0.303 %, `1 daily` by rate, start 30s |\n",
		"| `own` | ×1.149, ×1.151, ×1.151 | +0.297 %, +0.303 %, +0.303 % |\n",
		"| `own`: `1 daily` by rate, start 30s | ×0.800 | +0.303 % ± NaN % | NaN % |\n",
		"| `own`: all runs | | | > 0.3 % in 0 of 4 |\n",
		"| `own` | ×1.290 | ×1.000 | ×1.000 | ×1.000 |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the tables have no row %q:\n%s", want, got)
		}
	}
}

// TestBoundsTableComparesMeans: of two seeds, one is later by 20 s and the other earlier by 10 s, so the mean is later by 5 s of an hour.
func TestBoundsTableComparesMeans(t *testing.T) {
	row := func(policy string, seed uint64, pods, late float64) Row {
		r := Row{Load: "1 daily", Policy: policy, Metric: peers.Rate, Start: 30 * time.Second, Seed: seed}
		r.Seconds, r.PodHours, r.OptimalPodHours, r.SLOViolationSeconds = 3600, pods, 50, late
		return r
	}
	got := BoundsTable([]Row{row("hpa", 1, 100, 10), row("hpa", 2, 100, 10), row("own", 1, 120, 30), row("own", 2, 90, 0)}, nil)
	want := "| `own` | 1 | 0.00 % | 0 | 0 | ×1.050, `1 daily` by rate, start 30s | +0.139 %, `1 daily` by rate, start 30s |\n"
	if !strings.Contains(got, want) {
		t.Errorf("the tables have no row %q:\n%s", want, got)
	}
}

// TestBoundsTableShowsNoise: of a policy later by 36 and 0 s of an hour, the standard error is 18 s; the baseline is later by 14.4 s with one
// seed than with the other.
func TestBoundsTableShowsNoise(t *testing.T) {
	row := func(policy string, seed uint64, late float64) Row {
		r := Row{Load: "1 daily", Policy: policy, Metric: peers.CPU, Start: 30 * time.Second, Seed: seed}
		r.Seconds, r.PodHours, r.SLOViolationSeconds = 3600, 100, late
		return r
	}
	rows := []Row{row("hpa", 1, 0), row("hpa", 2, 14.4), row("own", 1, 36), row("own", 2, 14.4)}
	got := BoundsTable(rows, Optima{
		{"1 daily", 30 * time.Second, 1}: {[]float64{0, 1}, []float64{0, 3600*100 + 3.6}},
		{"1 daily", 30 * time.Second, 2}: {[]float64{0, 1}, []float64{0, 0}},
	})
	for _, want := range []string{
		"| `own`: `1 daily` by cpu, start 30s | ×1.000 | +0.500 % ± 0.500 % | 0.400 % |\n",
		"| `own`: all runs | | | > 0.3 % in 1 of 1 |\n",
		// A clairvoyant is late for 3.6 of 14.4 s, and with 36 s it has 32.4 s of a pod less than 100 hours, so half of the pod-hours.
		"| `own` | ×0.250 | -333 % | ×0.500 | 0 % |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the tables have no row %q:\n%s", want, got)
		}
	}
}

// TestCompareRecorded: recorded loads run instead of random ones, and a missing one is an error.
func TestCompareRecorded(t *testing.T) {
	dir := t.TempDir()
	for _, r := range slices.Concat(records, furtherRecords) {
		text := "timestamp,value\n2026-01-05T00:00:00Z,5\n2026-01-05T00:05:00Z,9\n2026-01-05T00:10:00Z,5\n"
		if err := os.WriteFile(filepath.Join(dir, r.file+".csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := RandomOptions{
		Traces: dir, Longest: 10 * time.Minute, Starts: []time.Duration{30 * time.Second}, Metric: "rate", Policies: []string{"recommended"},
		Store: filepath.Join(dir, "random.jsonl"),
	}
	var out strings.Builder
	if err := CompareRandom(&o, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if want := "| `recommended` | 40 |"; !strings.Contains(out.String(), want) { // each held and interpolated
		t.Errorf("the tables have no row %q:\n%s", want, out.String())
	}
	if err := os.Remove(filepath.Join(dir, "wikipedia_60m.csv")); err != nil {
		t.Fatal(err)
	}
	if err := CompareRandom(&o, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "has no traces wikipedia_60m") {
		t.Errorf("the error is %v", err)
	}
}

// TestCompareRandom: a run that continues from the store gives the same tables.
func TestCompareRandom(t *testing.T) {
	o := RandomOptions{
		First: 1, Loads: 3, Longest: 20 * time.Minute, Starts: []time.Duration{30 * time.Second}, Policies: []string{"recommended", "hpa-calm"},
		Store: filepath.Join(t.TempDir(), "random.jsonl"),
	}
	var whole, again strings.Builder
	if err := CompareRandom(&o, &whole, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(o.Store)
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(string(text), "\n"); rows != 3*2*3 { // loads, metrics, policies
		t.Errorf("%d rows are stored, want 18", rows)
	}
	if err := os.WriteFile(o.Store, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CompareRandom(&o, &again, io.Discard); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.String(), again.String()); diff != "" || !strings.Contains(diff+whole.String(), "| `hpa-calm` | 6 |") {
		t.Errorf("the tables (-whole +continued):\n%s\n%s", diff, whole.String())
	}
	o.Policies = []string{"none"}
	if err := CompareRandom(&o, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), `policy "none" is unknown`) {
		t.Errorf("the error is %v", err)
	}
}
