package batch_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// TestArrivalsContinueUntilTheEnd: also what never ceases to come is done, with few replicas more than just do and with many, and by a
// plan that waits until it has come.
func TestArrivalsContinueUntilTheEnd(t *testing.T) {
	for _, share := range []float64{0.1, 0.3, 0.5, 0.7, 0.9} {
		for _, room := range []float64{1.05, 1.5, 2.2, 4} {
			t.Run(fmt.Sprintf("%g of the work, %g times the room", share, room), func(t *testing.T) {
				untilTheEnd(t, share, room, false)
				untilTheEnd(t, share, room, true)
			})
		}
	}
}

func untilTheEnd(t *testing.T, share, room float64, stays bool) {
	t.Helper()
	const work = 2_000_000.0
	f := newFluid(batch.Spec{Source: batch.Learned, Rate: 2, Margin: 0.2, Stays: stays}, work*(1-share))
	f.arrivals, f.measured = work*share/(8*3600), true
	f.seen.Max = int32(math.Ceil(room * work / (2 * 8 * 3600)))
	for f.now.Before(f.seen.Deadline) {
		f.tick()
	}
	// What comes last comes when there is no time left for it.
	if f.seen.Backlog > 60*f.arrivals {
		t.Errorf("%.0f are left at the deadline, and %.1f/s come; replicas stay: %t", f.seen.Backlog, f.arrivals, stays)
	}
}

// TestEmptyBacklogKeepsNoReplica: what came, or seemed to, as told from a backlog that went slower than it should have, keeps no
// replica once nothing has been left for a while; what goes on to come does.
func TestEmptyBacklogKeepsNoReplica(t *testing.T) {
	for name, tc := range map[string]struct {
		measured bool
		arrivals float64
		want     int32
	}{
		"it seemed to come": {},
		"it came":           {measured: true},
		"it comes":          {measured: true, arrivals: 0.5, want: 1},
	} {
		f := newFluid(batch.Spec{Source: batch.Stated, Rate: 2.2, Margin: 0.2}, 1_000_000)
		f.measured, f.arrivals = tc.measured, 20
		for f.seen.Backlog > 0 && f.now.Before(f.seen.Deadline) {
			if f.tick(); f.seen.Backlog < 10_000 {
				f.arrivals = tc.arrivals
			}
		}
		for range 20 { // five minutes
			f.tick()
		}
		if f.plan.Phase != batch.Drained || f.replicas != tc.want {
			t.Errorf("%s: %d replicas are left, want %d: %+v", name, f.replicas, tc.want, f.plan)
		}
	}
}

// TestSharedThroughputSettles: what all did together, over a while that nobody tells, says what one does once they have been at it for
// some time, and not before or while they idle; what one does is taken as it is.
func TestSharedThroughputSettles(t *testing.T) {
	for _, shared := range []bool{false, true} {
		spec := &batch.Spec{Source: batch.Measured, Margin: 0.2}
		seen := batch.Observation{
			Start: ten, Deadline: ten.Add(8 * time.Hour), Backlog: 9000, HasArrivals: true, Shared: shared, HasThroughput: true, Max: 100,
		}
		var state batch.State
		var plan batch.Plan
		// The first replica does one in ten seconds, and its rate is taken over five minutes.
		for minute := range 7 {
			now := ten.Add(time.Duration(minute) * time.Minute)
			seen.At, seen.Current, seen.Ready = now, 1, 1
			if seen.Throughput = 0.1; shared {
				seen.Throughput = 0.02 * float64(min(minute, 5))
			}
			plan, state = batch.Replan(spec, state, &seen, now)
			if plan.Replicas > 5 {
				t.Fatalf("shared %t: %d replicas are planned after %d minutes", shared, plan.Replicas, minute)
			}
			if before := shared && minute < 5; before && plan.Throughput != 0 {
				t.Fatalf("the throughput is taken to be %g after %d minutes", plan.Throughput, minute)
			}
		}
		if plan.Replicas != 4 || plan.Throughput != 0.1 {
			t.Errorf("shared %t: %d replicas with %g a second each, want 4 with 0.1", shared, plan.Replicas, plan.Throughput)
		}
		for minute := 7; minute < 60; minute++ {
			if seen.Backlog, seen.At = 0, ten.Add(time.Duration(minute)*time.Minute); shared && minute > 10 {
				seen.Throughput = 0.001
			}
			plan, state = batch.Replan(spec, state, &seen, seen.At)
		}
		if plan.Throughput != 0.1 {
			t.Errorf("shared %t: while nothing is left, a replica is taken to do %g a second", shared, plan.Throughput)
		}
	}
}
