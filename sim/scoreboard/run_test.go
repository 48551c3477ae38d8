package scoreboard

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/peers"
)

// small is a grid of eight short runs.
func small() *Grid {
	var loads []Load
	for _, l := range Shapes() {
		if l.Name == "step" || l.Name == "noise" {
			l.Length = 2 * time.Hour
			loads = append(loads, l)
		}
	}
	g := Standard(loads, []Policy{
		Engine("hpa", peers.HPA),
		Engine("hasty", func(g peers.Goal) *engine.Spec { return peers.TunedHPA(g, peers.Tuning{Window: -1}) }),
	})
	g.Starts, g.Seeds, g.Pods = g.Starts[:1], g.Seeds[:1], 20
	return g
}

// TestRunIsInOrder: the rows have the order of the cases, and are the same in every run.
func TestRunIsInOrder(t *testing.T) {
	cases := small().Cases()
	var calls []int
	rows, err := Run(cases, func(done, of int, _ *Row) {
		if calls = append(calls, done); of != len(cases) {
			t.Errorf("%d cases, progress of %d", len(cases), of)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8}; !cmp.Equal(want, calls) {
		t.Errorf("progress %v", calls)
	}
	for i, c := range cases {
		alone, err := c.Run()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(alone, rows[i]); diff != "" {
			t.Errorf("case %d (-alone +among others):\n%s", i, diff)
		}
		if r := rows[i]; r.Load != c.Load.Name || r.Policy != c.Policy.Name || r.Metric != c.Goal.Metric || r.Seed != c.Seed || r.Start != 10*time.Second {
			t.Errorf("case %d is called %+v", i, r)
		}
		if rows[i].Seconds != 7200 || rows[i].PodHours <= 0 {
			t.Errorf("case %d has the scores %+v", i, rows[i].Scores)
		}
	}
	other := cases[len(cases)-1]
	if other.Seed = 2; other.Seed == cases[0].Seed {
		t.Fatal("the seed is the same")
	}
	if row, err := other.Run(); err != nil || row.Scores == rows[len(rows)-1].Scores {
		t.Errorf("another seed gives the same scores, and error %v", err)
	}
}

// TestRunNamesTheCase: an error names the invalid case.
func TestRunNamesTheCase(t *testing.T) {
	g := small()
	g.Plant.Pod.WarmFrom = 0
	if _, err := Run(g.Cases(), nil); err == nil || !strings.Contains(err.Error(), "policy hpa over load step: pod.warmFrom is 0") {
		t.Errorf("the error is %v", err)
	}
}

// TestScaled: a load needs the configured number of pods at its peak.
func TestScaled(t *testing.T) {
	g := small()
	g.Policies = g.Policies[:1]
	for _, c := range g.Cases() {
		if c.Load.Name != "step" || c.Goal.Metric != peers.Rate {
			continue
		}
		row, err := c.Run()
		if err != nil {
			t.Fatal(err)
		}
		// An hour after the step it has long settled, some time after the pods that it asked for at once have started.
		if row.Settling < 10*time.Second || row.Settling > 15*time.Minute || row.Overshoot > 50 {
			t.Errorf("it settles after %s and overshoots by %g %%", row.Settling, row.Overshoot)
		}
		// An hour at 5 pods and one at 20, within the tolerance, and with noise.
		if row.PodHours < 0.85*25 || row.PodHours > 1.15*25 {
			t.Errorf("it takes %g pod-hours", row.PodHours)
		}
	}
}
