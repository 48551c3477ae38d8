package scoreboard

import (
	"io"
	"os"
	"path/filepath"
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
	})
	for _, want := range []string{
		"| `own` | 4 | 50.00 % | 1 | 1 | ×1.151, `2 idle` by rate, start 30s | +0.303 %, `1 daily` by rate, start 30s |\n",
		"| `own` | ×1.149, ×1.151, ×1.151 | +0.297 %, +0.303 %, +0.303 % |\n",
		"| `own` | ×1.290 | ×1.000 | ×1.000 | ×1.000 | 0 % |\n",
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
	got := BoundsTable([]Row{row("hpa", 1, 100, 10), row("hpa", 2, 100, 10), row("own", 1, 120, 30), row("own", 2, 90, 0)})
	want := "| `own` | 1 | 0.00 % | 0 | 0 | ×1.050, `1 daily` by rate, start 30s | +0.139 %, `1 daily` by rate, start 30s |\n"
	if !strings.Contains(got, want) {
		t.Errorf("the tables have no row %q:\n%s", want, got)
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
