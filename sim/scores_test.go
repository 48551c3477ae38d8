package sim_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/plant"
)

// minute is what happened in one.
type minute struct {
	replicas, pods, ready int
	demand                int32
	arrived, dropped      float64
	late, unknown         bool
}

func scores(least, most int32, minutes []minute) sim.Scores {
	c := sim.NewCounter(least, most)
	for i, m := range minutes {
		c.Add(moment(i, m))
	}
	return c.Scores()
}

func moment(i int, m minute) *plant.Moment {
	return &plant.Moment{
		At: time.Duration(i) * time.Minute, Length: time.Minute, Known: !m.unknown, Replicas: int32(m.replicas), Pods: m.pods,
		Ready: m.ready, Demand: m.demand, Arrived: m.arrived, Dropped: m.dropped, Late: m.late,
	}
}

// TestScores: every value is worked out by hand.
func TestScores(t *testing.T) {
	for name, tc := range map[string]struct {
		min, max int32
		minutes  []minute
		want     sim.Scores
	}{
		"nothing": {1, 10, nil, sim.Scores{}},
		"just right": {1, 10, []minute{{replicas: 4, pods: 4, ready: 4, demand: 4, arrived: 60}, {replicas: 4, pods: 4, ready: 4, demand: 4, arrived: 60}}, sim.Scores{
			Seconds: 120, PodHours: 8.0 / 60, OptimalPodHours: 8.0 / 60,
		}},
		"short, then over": {1, 10, []minute{
			{replicas: 2, pods: 2, ready: 2, demand: 4, arrived: 100, late: true},  // short by a half
			{replicas: 4, pods: 4, ready: 3, demand: 4, arrived: 300, late: true},  // short by a quarter, and one starts
			{replicas: 4, pods: 4, ready: 4, demand: 4, arrived: 300},              // right
			{replicas: 4, pods: 4, ready: 4, demand: 1, arrived: 100, dropped: 20}, // three times too many
			{replicas: 4, pods: 4, ready: 4, demand: 0, arrived: 0},                // four too many, of none
		}, sim.Scores{
			Seconds: 300, SLOViolationSeconds: 120, LateShare: 420.0 / 800,
			// Demand: 4+4+4+1+0, and at least 1 must be there.
			PodHours: 18.0 / 60, OptimalPodHours: 14.0 / 60,
			Changes: 1, Churn: 2,
			ThetaU: (50 + 25) / 5.0, ThetaO: (300 + 400) / 5.0, TauU: 40, TauO: 40,
			// Supply goes +, +, 0, 0 and demand 0, 0, -, -: four of four apart.
			Instability: 100,
		}},
		"beyond the greatest count": {1, 3, []minute{{replicas: 3, pods: 3, ready: 3, demand: 9}}, sim.Scores{
			Seconds: 60, PodHours: 3.0 / 60, OptimalPodHours: 3.0 / 60, ThetaU: 600.0 / 9, TauU: 100,
		}},
		"the same way is stable": {1, 10, []minute{
			{replicas: 1, pods: 1, ready: 1, demand: 1}, {replicas: 5, pods: 5, ready: 5, demand: 3}, {replicas: 4, pods: 4, ready: 4, demand: 2},
		}, sim.Scores{
			Seconds: 180, PodHours: 10.0 / 60, OptimalPodHours: 6.0 / 60, Changes: 2, Reversals: 1, Flaps: 1, Churn: 5,
			ThetaO: (200.0/3 + 100) / 3, TauO: 200.0 / 3,
		}},
		// The change from 9 to 2 is in the gap and does not count. The first step after the gap is not compared with an earlier one.
		"a gap": {1, 10, []minute{
			{replicas: 9, pods: 9, ready: 9, demand: 9, arrived: 60},
			{replicas: 2, pods: 2, ready: 2, demand: 9, arrived: 60, late: true, unknown: true},
			{replicas: 2, pods: 2, ready: 2, demand: 2, arrived: 60},
		}, sim.Scores{Seconds: 120, PodHours: 11.0 / 60, OptimalPodHours: 11.0 / 60}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, scores(tc.min, tc.max, tc.minutes), cmpopts.EquateApprox(1e-9, 1e-12)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReplicaChanges counts changes, reversals and flaps.
func TestReplicaChanges(t *testing.T) {
	instant := func(counts map[int]int, length int) (minutes []minute) {
		replicas := 10
		for i := range length {
			if n, changed := counts[i]; changed {
				replicas = n
			}
			minutes = append(minutes, minute{replicas: replicas})
		}
		return minutes
	}
	for name, tc := range map[string]struct {
		counts                           map[int]int
		changes, reversals, flaps, churn int
	}{
		"none":                {nil, 0, 0, 0, 0},
		"the first count":     {map[int]int{0: 5}, 0, 0, 0, 0},
		"only up":             {map[int]int{5: 12, 6: 15}, 2, 0, 0, 5},
		"up and down at once": {map[int]int{5: 12, 6: 10}, 2, 1, 1, 4},
		"after ten minutes":   {map[int]int{5: 12, 15: 10}, 2, 1, 1, 4},
		"after eleven":        {map[int]int{5: 12, 16: 10}, 2, 1, 0, 4},
		"three directions":    {map[int]int{5: 12, 6: 10, 7: 11}, 3, 2, 2, 5},
		"down twice, then up": {map[int]int{5: 8, 20: 7, 50: 9}, 3, 1, 0, 5},
	} {
		t.Run(name, func(t *testing.T) {
			got := scores(1, 100, instant(tc.counts, 60))
			if got.Changes != tc.changes || got.Reversals != tc.reversals || got.Flaps != tc.flaps || got.Churn != int64(tc.churn) {
				t.Errorf("%d changes, %d reversals, %d flaps, %d churn; want %+v", got.Changes, got.Reversals, got.Flaps, got.Churn, tc)
			}
		})
	}
}

// TestSampling: within a minute, ups and downs do not count for the instability.
func TestSampling(t *testing.T) {
	c := sim.NewCounter(1, 10)
	for i := range 60 { // of five seconds
		c.Add(&plant.Moment{
			At: time.Duration(i) * 5 * time.Second, Length: 5 * time.Second, Known: true, Ready: 5 + i%2, Demand: 5,
		})
	}
	if got := c.Scores().Instability; got != 0 {
		t.Errorf("the instability is %g", got)
	}
}

// TestResponse: each number of ready pods is a minute; the step is at two minutes.
func TestResponse(t *testing.T) {
	for name, tc := range map[string]struct {
		ready     []int
		settling  time.Duration
		overshoot float64
	}{
		"nothing yet":          {[]int{10, 10}, 0, 0},
		"none is needed":       {[]int{10, 10, 10, 10}, 0, 0},
		"in one go":            {[]int{10, 10, 10, 20, 20, 20}, time.Minute, 0},
		"in two":               {[]int{10, 10, 15, 18, 20, 20}, 2 * time.Minute, 0},
		"beyond, and back":     {[]int{10, 10, 10, 25, 22, 20, 20}, 3 * time.Minute, 50},
		"nearly is settled":    {[]int{10, 10, 10, 19, 20, 21, 20}, time.Minute, 10},
		"five percent":         {[]int{10, 10, 10, 95, 100, 105, 100}, time.Minute, 500.0 / 90},
		"down and under":       {[]int{20, 20, 20, 8, 10, 10}, 2 * time.Minute, 20},
		"back to where it was": {[]int{10, 10, 20, 10, 10}, time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := sim.NewResponse(2 * time.Minute)
			for i, ready := range tc.ready {
				r.Add(moment(i, minute{ready: ready}))
			}
			if got := r.Settling(); got != tc.settling {
				t.Errorf("it settles in %s, want %s", got, tc.settling)
			}
			if got := r.Overshoot(); math.Abs(got-tc.overshoot) > 1e-9 {
				t.Errorf("it overshoots by %g, want %g", got, tc.overshoot)
			}
		})
	}
}

// TestCountingMakesNoGarbage: a score is taken of millions of steps.
func TestCountingMakesNoGarbage(t *testing.T) {
	c, i := sim.NewCounter(1, 10), 0
	if allocs := testing.AllocsPerRun(1000, func() { i++; c.Add(moment(i, minute{replicas: i % 7, demand: 3})) }); allocs > 0 {
		t.Errorf("a step allocates %g times", allocs)
	}
}
