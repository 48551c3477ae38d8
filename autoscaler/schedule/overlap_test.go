package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// TestMeetAgainstSteps holds it against a walk by the minute over three days, over pairs of random windows.
func TestMeetAgainstSteps(t *testing.T) {
	from := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC) // clocks change in the following night
	to := from.Add(72 * time.Hour)
	met := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		random := func(zone string) schedule.Window {
			line := fmt.Sprintf("%d %d-%d/%d * * 6,0", r.IntN(60), r.IntN(12), 12+r.IntN(12), 1+r.IntN(9))
			return compile(t, line, time.Duration(1+r.IntN(200))*time.Minute, zone)
		}
		a, b := random("Europe/Berlin"), random("UTC")
		var want schedule.Occurrence
		for instant := from; instant.Before(to); instant = instant.Add(time.Minute) {
			inA, openA := a.Open(instant)
			inB, openB := b.Open(instant)
			if openA && openB {
				want = schedule.Occurrence{Start: instant, End: inA.End}
				if inB.End.Before(inA.End) {
					want.End = inB.End
				}
				met++
				break
			}
		}
		got, meet := schedule.Meet(&a, &b, from, to)
		if meet != !want.Start.IsZero() || meet && (!got.Start.Equal(want.Start) || !got.End.Equal(want.End)) {
			t.Errorf("seed %d: they meet from %s to %s, %t; want %s to %s", seed, got.Start, got.End, meet, want.Start, want.End)
		}
	}
	if met < 20 || met > 180 {
		t.Errorf("%d of 200 pairs meet", met)
	}
}

// TestWindowsThatNeverMeetAreGivenUp, however often they open.
func TestWindowsThatNeverMeetAreGivenUp(t *testing.T) {
	even, odd := compile(t, "*/2 * * * *", time.Minute, "UTC"), compile(t, "1-59/2 * * * *", time.Minute, "UTC")
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if o, meet := schedule.Meet(&even, &odd, from, from.AddDate(100, 0, 0)); meet {
		t.Errorf("they meet from %s to %s", o.Start, o.End)
	}
}

func TestContradict(t *testing.T) {
	floor := schedule.Window{Name: "floor", Min: 5, HasMin: true}
	ceiling := schedule.Window{Name: "ceiling", Max: 4, HasMax: true}
	for name, tc := range map[string]struct {
		edit func(floor, ceiling *schedule.Window)
		want bool
	}{
		"above":            {func(_, _ *schedule.Window) {}, true},
		"equal":            {func(_, c *schedule.Window) { c.Max = 5 }, false},
		"another priority": {func(_, c *schedule.Window) { c.Priority = 1 }, false},
		"no floor":         {func(f, _ *schedule.Window) { f.HasMin = false }, false},
		"no ceiling":       {func(_, c *schedule.Window) { c.HasMax = false }, false},
	} {
		a, b := floor, ceiling
		tc.edit(&a, &b)
		for range 2 {
			f, c, got := schedule.Contradict(&a, &b)
			if got != tc.want || got && (f.Name != "floor" || c.Name != "ceiling") {
				t.Errorf("%s: %s and %s contradict each other: %t", name, a.Name, b.Name, got)
			}
			a, b = b, a
		}
	}
}
