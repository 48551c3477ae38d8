package scoreboard

import (
	"testing"

	"flyball.dev/flyball/sim"
)

// TestAgainst: worked out by hand.
func TestAgainst(t *testing.T) {
	rows := []Row{
		{Policy: "hpa", Load: "a", Scores: sim.Scores{Seconds: 1000, SLOViolationSeconds: 100, PodHours: 10, Changes: 8, Flaps: 2}},
		{Policy: "hpa", Load: "b", Scores: sim.Scores{Seconds: 1000, SLOViolationSeconds: 0, PodHours: 30, Changes: 2}},
		{Policy: "ours", Load: "a", Scores: sim.Scores{Seconds: 1000, SLOViolationSeconds: 20, PodHours: 12, Changes: 4, Flaps: 1}},
		{Policy: "ours", Load: "b", Scores: sim.Scores{Seconds: 1000, SLOViolationSeconds: 5, PodHours: 24, Changes: 1}},
	}
	c := Compare(rows, "hpa")
	if len(c) != 2 || c[0].Policy != "hpa" || c[0].Violation != 1 || c[0].Cost != 1 || c[0].Change != 1 || c[0].Flap != 1 {
		t.Fatalf("the baseline is %+v", c)
	}
	ours := c[1]
	if ours.Violation != 0.25 || ours.Cost != 0.9 || ours.Change != 0.5 || ours.Flap != 0.5 {
		t.Errorf("the ratios are %+v", ours)
	}
	if ours.MostPods != (Worst{"a", 1.2}) || ours.MostLate != (Worst{"b", 0.005}) {
		t.Errorf("the worst are %+v and %+v", ours.MostPods, ours.MostLate)
	}
	if ours.PodHours != 36 || ours.Changes != 5 || ours.Seconds != 2000 {
		t.Errorf("the sums are %+v", ours.Sum)
	}
	if alone := Compare(rows, "none"); alone[0].Violation != 0 || alone[0].PodHours != 40 {
		t.Errorf("without a baseline there are ratios: %+v", alone[0])
	}
}
