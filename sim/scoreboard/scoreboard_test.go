package scoreboard

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/peers"
)

// smallPart is a part with two policies and one load.
func smallPart(rows *[]Row, window time.Duration) *part {
	g := Standard(Shapes()[1:2], []Policy{
		Engine("hpa", peers.HPA),
		Engine("tuned", func(g peers.Goal) *engine.Spec { return peers.TunedHPA(g, peers.Tuning{Window: window}) }),
	})
	g.Starts, g.Seeds = g.Starts[:1], g.Seeds[:1]
	return &part{name: "small", grid: g, rows: rows}
}

// TestRunContinuesFromStore: stored rows do not run again, unless the policy changed or the line is incomplete.
func TestRunContinuesFromStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "done", "rows.jsonl")
	play := func(window time.Duration) (reported string, rows []Row) {
		kept, err := openStore(file)
		if err != nil {
			t.Fatal(err)
		}
		defer kept.close()
		var describe bytes.Buffer
		if err := smallPart(&rows, window).run(kept, &describe, func() time.Time { return time.Time{} }); err != nil {
			t.Fatal(err)
		}
		return describe.String(), rows
	}
	reported, first := play(time.Minute)
	if !strings.Contains(reported, "4 of 4") || len(first) != 4 {
		t.Fatalf("progress %q, %d rows", reported, len(first))
	}
	reported, again := play(time.Minute)
	if reported != "\n" || len(again) != 4 || again[3] != first[3] {
		t.Errorf("second run: progress %q, %d rows", reported, len(again))
	}
	if reported, _ = play(time.Hour); !strings.Contains(reported, "2 of 2") {
		t.Errorf("changed policy: progress %q", reported)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if reported, _ = play(time.Hour); !strings.Contains(reported, "1 of 1") {
		t.Errorf("truncated file: progress %q", reported)
	}
}

// TestLoadFinishedRows: finished rows are loaded from a file that another process writes; unfinished policies are listed.
func TestLoadFinishedRows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.jsonl")
	kept, err := openStore(file)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.close()
	var rows []Row
	one := smallPart(&rows, time.Minute)
	one.grid.Policies = one.grid.Policies[:1]
	if err := one.run(kept, io.Discard, func() time.Time { return time.Time{} }); err != nil {
		t.Fatal(err)
	}
	stored, err := readStore(file)
	if err != nil {
		t.Fatal(err)
	}
	rows = nil
	unfinished, err := smallPart(&rows, time.Minute).load(stored)
	if err != nil || len(rows) != 2 || rows[0].Policy != "hpa" || !slices.Equal(unfinished, []string{"tuned (small)"}) {
		t.Errorf("%d rows; unfinished %v: %v", len(rows), unfinished, err)
	}
}

// TestFront: the expected front was computed by hand.
func TestFront(t *testing.T) {
	of := func(policy string, cost, violation float64) Comparison {
		return Comparison{Policy: policy, Cost: cost, Violation: violation}
	}
	var names []string
	for _, c := range front(Comparisons{of("dear", 1.2, 0.5), of("beaten", 1.1, 0.9), of("cheap", 0.9, 2), of("even", 1, 0.8), of("worse", 1, 1), of("dearest", 1.3, 0.5)}) {
		names = append(names, c.Policy)
	}
	if got := strings.Join(names, " "); got != "cheap even dear" {
		t.Errorf("the front is %s", got)
	}
}

// TestPage: the page has every policy and load, lists missing traces, and counts the tuned HPAs that beat a policy.
func TestPage(t *testing.T) {
	row := func(policy string, late, pods float64) Row {
		return Row{Policy: policy, Load: "step", Start: 30 * time.Second, Seed: 1, Scores: sim.Scores{
			Seconds: 86400, SLOViolationSeconds: late, PodHours: pods, OptimalPodHours: 50, Changes: 10, Flaps: 2, LateShare: 0.02, Churn: 40, ThetaU: 3, TauO: 91,
		}, Metric: peers.CPU, Settling: 90 * time.Second, Overshoot: 12.4}
	}
	b := board{
		loads: Shapes()[1:2], absent: []string{"nasa_http_1m"},
		main:     []Row{row("hpa", 864, 100), row("ours", 86.4, 90), row("recommended", 50, 100)},
		ablation: []Row{row("without forecast horizon", 100, 95)},
		sweep:    []Row{row("target ×0.9", 400, 110), row("target ×1", 800, 95)},
		harsh:    []Row{row("hpa", 864, 100), row("ours", 86.4, 90)},
		late:     []Row{row("hpa", 864, 100), row("ours", 86.4, 90)},
	}
	page := b.page()
	for _, part := range []string{
		"Missing traces, left out: nasa_http_1m.",
		"| `ours` | 0 ×0.10 | 90 ×0.900 | 10 ×1.00 | 2 ×1.00 | ×0.90 step | -0.9% step |",
		"| `ours` | 2.00% | 1.80 | 0.0 | 40 | 3.00 | 0.0 | 0.00 | 91.0 | 0.0 |",
		"| step | 1.00% · 2.00 · 10 · 2.0 | 0.10% · 1.80 · 10 · 2.0 | 0.06% · 2.00 · 10 · 2.0 |",
		"| policy | cpu, 30s |\n|---|---|\n| `hpa` | 1m30s · 12% |",
		"| forecast horizon | ×2.000 | ×0.950 | ×1.000 | ×1.000 |",
		"| `ours` | 0.00 | 0.42 | 0.10% | 1.80 |",
		"| target ×0.9 | ×0.46 | ×1.100 | ×1.00 | ×1.00 |",
		"- `hpa` (×1.00 SLO violation, ×1.000 pod-hours, ×1.00 changes): 1 of 2 tuned HPAs are better on both; 1 of them also change less often.",
		"- `ours` (×0.10 SLO violation, ×0.900 pod-hours, ×1.00 changes): no tuned HPA is better on both SLO violation and pod-hours.",
		"| SLO violation | at most ×0.35 | ×0.06 | met |", "| changes | at most ×0.60 | ×1.00 | missed |",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s\n%s", part, page)
		}
	}
	dir := t.TempDir()
	if err := b.write(dir); err != nil {
		t.Fatal(err)
	}
	if svg, err := os.ReadFile(filepath.Join(dir, "images", "frontier.svg")); err != nil || !bytes.Contains(svg, []byte(">ours<")) {
		t.Errorf("the plot: %v", err)
	}
}

// TestAblations: each setting of the profile is disabled by one of them.
func TestAblations(t *testing.T) {
	whole := reflect.ValueOf(damping.Balanced())
	for i := range whole.NumField() {
		disabled := whole.Field(i).IsZero()
		for _, w := range without {
			left := damping.Balanced()
			w.disable(&left)
			disabled = disabled || !reflect.ValueOf(left).Field(i).Equal(whole.Field(i))
		}
		if name := whole.Type().Field(i).Name; !disabled && name != "CostBound" { // it has no effect without CostWindow
			t.Errorf("no ablation disables %s", name)
		}
	}
	if n := len(ablations()); n == 0 || n > len(without) {
		t.Errorf("%d ablations", n)
	}
}

// TestTunings: each tuning has a unique name.
func TestTunings(t *testing.T) {
	names := map[string]bool{}
	for _, p := range tunings() {
		names[p.Name] = true
	}
	if len(names) != 70 || !names["target ×1.05, window 10m0s"] || !names["target ×1, window 0s, 10%/min down"] {
		t.Errorf("%d tunings: %v", len(names), names)
	}
}
