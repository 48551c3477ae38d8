package batch_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// TestArrivalsContinueUntilTheEnd: a backlog whose arrivals continue until the deadline is processed in time, with slightly more than
// the minimum number of replicas and with many more, and also by the plan of a Job, which starts its replicas later.
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
	// The last arrivals come too late to be processed before the deadline.
	if f.seen.Backlog > 60*f.arrivals {
		t.Errorf("%.0f are left at the deadline, and %.1f/s come; replicas stay: %t", f.seen.Backlog, f.arrivals, stays)
	}
}

// TestEmptyBacklogKeepsNoReplica: five minutes after the backlog became empty, former arrivals keep no replica, whether they were
// measured or inferred from a backlog that shrank more slowly than expected. Arrivals that continue keep a replica.
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

// TestSharedThroughputSettles: a throughput of all replicas together has an unknown range, so it counts only after the replicas have been
// steady and busy for the settling time. It does not count before that time or while replicas are idle. A throughput per replica
// counts at once.
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
