package scoreboard

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/peers"
)

// small is a grid of eight runs that take no time.
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

// TestRunIsInOrder: the rows are those of the cases, in their order, and the same every time, whatever finishes first.
func TestRunIsInOrder(t *testing.T) {
	cases := small().Cases()
	var told []int
	rows, err := Run(cases, func(done, of int, _ *Row) {
		if told = append(told, done); of != len(cases) {
			t.Errorf("there are %d cases, and it is told of %d", len(cases), of)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8}; !cmp.Equal(want, told) {
		t.Errorf("it is told %v", told)
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

// TestRunNamesTheCase: what cannot be run is named.
func TestRunNamesTheCase(t *testing.T) {
	g := small()
	g.Plant.Pod.WarmFrom = 0
	if _, err := Run(g.Cases(), nil); err == nil || !strings.Contains(err.Error(), "policy hpa over load step: pod.warmFrom is 0") {
		t.Errorf("the error is %v", err)
	}
}

// TestScaled: at its highest a load takes as many pods as it should.
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
