package batch_test

import (
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// TestPhases has a case for each way in which the work can stand, at ten in the evening or later, to be done by six. A
// replica does one unit in ten seconds, so that one is done with 2880 by then.
func TestPhases(t *testing.T) {
	six := ten.Add(8 * time.Hour)
	working := batch.State{Start: ten, Deadline: six, Backlog: 9000, At: ten, Planned: 4, Aim: ten.Add(7 * time.Hour)}
	for name, tc := range map[string]struct {
		elapsed              time.Duration
		state                batch.State
		backlog              float64
		problem              string
		current, ready, most int32
		phase                batch.Phase
		replicas             int32
		missed               bool
		finish               time.Duration // since ten; 0 for never
	}{
		"at the start it is spread over the time": {
			backlog: 9000, most: 20, phase: batch.OnTime, replicas: 4, finish: 6*time.Hour + 16*time.Minute,
		},
		"too much for the most there can be": {
			backlog: 9000, most: 3, phase: batch.AtRisk, replicas: 3, finish: 8*time.Hour + 21*time.Minute,
		},
		"far too much": {
			backlog: 90_000, current: 3, ready: 3, most: 3, phase: batch.AtRisk, replicas: 3, finish: 83*time.Hour + 20*time.Minute,
		},
		"nothing is left": {
			elapsed: time.Hour, state: working, current: 4, ready: 4, most: 20, phase: batch.Drained, replicas: 4, finish: time.Hour,
		},
		"nothing has been left for a minute": {
			elapsed: 2 * time.Hour,
			state:   batch.State{Start: ten, Deadline: six, At: ten.Add(time.Hour), Planned: 4, DrainedSince: ten.Add(2*time.Hour - time.Minute)},
			// Not before: one sample of 0 may be wrong.
			current: 4, ready: 4, most: 20, phase: batch.Drained, replicas: 0, finish: 2*time.Hour - time.Minute,
		},
		"the deadline has passed": {
			elapsed: 8 * time.Hour, state: working, backlog: 500, current: 4, ready: 4, most: 20,
			phase: batch.Late, replicas: 20, missed: true, finish: 8*time.Hour + 4*time.Minute + 58*time.Second,
		},
		"a few are late": {
			elapsed: 8 * time.Hour, state: working, backlog: 5, current: 4, ready: 4, most: 20,
			phase: batch.Late, replicas: 4, missed: true, finish: 8*time.Hour + 12500*time.Millisecond,
		},
		"unknown, and so kept": {
			elapsed: 15 * time.Minute, state: working, problem: "nobody answers", current: 7, ready: 7, most: 20,
			phase: batch.OnTime, replicas: 7, finish: 3*time.Hour + 34*time.Minute,
		},
		"unknown from the start": {
			problem: "nobody answers", current: 2, ready: 2, most: 20, phase: batch.OnTime, replicas: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &batch.Spec{Source: batch.Stated, Rate: 0.1, Margin: 0.2}
			now := ten.Add(tc.elapsed)
			seen := batch.Observation{
				Start: ten, Deadline: six, Problem: tc.problem, Backlog: tc.backlog, At: now, HasArrivals: true,
				Current: tc.current, Ready: tc.ready, StartUp: time.Minute, Max: tc.most,
			}
			plan, _ := batch.Replan(spec, tc.state, &seen, now)
			if plan.Phase != tc.phase || plan.Replicas != tc.replicas || plan.Missed != tc.missed {
				t.Errorf("phase %d with %d replicas, missed %t; want phase %d with %d, %t: %+v",
					plan.Phase, plan.Replicas, plan.Missed, tc.phase, tc.replicas, tc.missed, plan)
			}
			finish := time.Duration(0)
			if !plan.Finish.IsZero() {
				finish = plan.Finish.Sub(ten)
			}
			if off := finish - tc.finish; off.Abs() > time.Minute {
				t.Errorf("done after %s, want about %s", finish, tc.finish)
			}
		})
	}
}

// TestUnmeasuredThroughput: before it is known what a replica works off, one of them shows it, also where nothing is left and more is
// coming: of a Job those that are too many would stay.
func TestUnmeasuredThroughput(t *testing.T) {
	for name, tc := range map[string]struct {
		backlog, arrivals float64
		want              int32
	}{
		"work is there":                {backlog: 500, want: 1},
		"work is there and more comes": {backlog: 500, arrivals: 0.9, want: 1},
		"nothing is left, more comes":  {arrivals: 0.9, want: 1},
		"nothing is left":              {want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			spec := batch.Spec{Source: batch.Measured, Margin: 0.15, Stays: true}
			seen := batch.Observation{
				Start: ten, Deadline: ten.Add(8 * time.Hour), At: ten, Backlog: tc.backlog, Arrivals: tc.arrivals, HasArrivals: true, Max: 12,
				StartUp: time.Minute,
			}
			if plan, _ := batch.Replan(&spec, batch.State{}, &seen, ten); plan.Replicas != tc.want {
				t.Errorf("%d replicas, want %d: %+v", plan.Replicas, tc.want, plan)
			}
		})
	}
}

// TestMissedDeadlineIsReported until the work begins again, also once what was left is done.
func TestMissedDeadlineIsReported(t *testing.T) {
	spec := &batch.Spec{Source: batch.Stated, Rate: 1, Margin: 0.2}
	seen := batch.Observation{Start: ten, Deadline: ten.Add(time.Hour), Backlog: 100, Max: 10, Ready: 1, HasArrivals: true}
	var state batch.State
	look := func(now time.Time, backlog float64) batch.Plan {
		t.Helper()
		seen.Backlog, seen.At = backlog, now
		var plan batch.Plan
		plan, state = batch.Replan(spec, state, &seen, now)
		return plan
	}
	look(ten.Add(59*time.Minute), 100)
	if plan := look(ten.Add(time.Hour), 40); !plan.Missed || plan.Left != 40 {
		t.Errorf("at the deadline: %+v", plan)
	}
	if plan := look(ten.Add(61*time.Minute), 0); !plan.Missed || plan.Left != 40 || plan.Phase != batch.Drained {
		t.Errorf("when all is done: %+v", plan)
	}
	seen.Start, seen.Deadline = ten.Add(24*time.Hour), ten.Add(25*time.Hour)
	if plan := look(ten.Add(24*time.Hour), 50); plan.Missed {
		t.Errorf("the next time: %+v", plan)
	}
}

// TestThroughputOutlivesTheOccurrence: the next occurrence begins with the throughput of the last, and not with the guess.
func TestThroughputOutlivesTheOccurrence(t *testing.T) {
	f := newFluid(batch.Spec{Source: batch.Learned, Rate: 8, Margin: 0.2}, 200_000)
	f.run(nil)
	f.seen.Start, f.seen.Deadline, f.seen.Backlog = ten.Add(24*time.Hour), ten.Add(32*time.Hour), 200_000
	f.now = f.seen.Start
	f.tick()
	if off := f.plan.Throughput/2 - 1; math.Abs(off) > 0.05 {
		t.Errorf("the second night begins with a throughput of %g, and it was 2", f.plan.Throughput)
	}
}

// TestArrivalsAreReported from the backlog where it is known what a replica does.
func TestArrivalsAreReported(t *testing.T) {
	f := newFluid(batch.Spec{Source: batch.Stated, Rate: 2, Margin: 0.2}, 2_000_000)
	f.arrivals = 15
	for range 4 * 120 {
		f.tick()
	}
	if f.plan.Arrivals < 14 || f.plan.Arrivals > 16 {
		t.Errorf("%g come a second, and 15 do", f.plan.Arrivals)
	}
}

// TestStartingReplicasAreCounted: more are needed where they take long to start, and fewer once they have.
func TestStartingReplicasAreCounted(t *testing.T) {
	need := func(ready int32, startUp time.Duration) int32 {
		spec := &batch.Spec{Source: batch.Stated, Rate: 1, Margin: 0}
		seen := batch.Observation{
			Start: ten, Deadline: ten.Add(time.Hour), Backlog: 100_000, At: ten, HasArrivals: true, Ready: ready, StartUp: startUp, Max: 1000,
		}
		plan, _ := batch.Replan(spec, batch.State{}, &seen, ten)
		return plan.Needed
	}
	if instant, slow, there := need(0, 0), need(0, 20*time.Minute), need(100, 20*time.Minute); slow <= instant || there != instant {
		t.Errorf("%d are needed that start at once, %d that take 20 minutes, %d of which 100 are there", instant, slow, there)
	}
}

// FuzzReplan: no figure whatever makes it panic, leave the bounds, or scale in on what is unknown.
func FuzzReplan(f *testing.F) {
	f.Add(100.0, 0.1, 0.0, 0.2, int64(3600), int64(60), int32(3), int32(5), int32(10), true)
	f.Add(math.MaxFloat64, 1e-300, 1e300, 5.0, int64(-1), int64(1<<40), int32(math.MaxInt32), int32(-5), int32(math.MaxInt32), false)
	f.Fuzz(func(t *testing.T, backlog, rate, arrivals, margin float64, left, startUp int64, current, ready, most int32, known bool) {
		if !(rate > 0) || math.IsInf(rate, 0) || !(margin >= 0) || margin > 10 || math.IsNaN(backlog) || math.IsNaN(arrivals) {
			return
		}
		most, current, ready = max(0, most), max(0, current), max(0, ready)
		left, startUp = left%(400*24*3600), startUp%3600
		var state batch.State
		now := ten
		for i := range 6 {
			seen := batch.Observation{
				Start: ten, Deadline: ten.Add(time.Duration(left) * time.Second), Backlog: backlog / float64(i+1), At: now,
				Arrivals: arrivals, HasArrivals: i%2 == 0, Current: current, Ready: ready, Busy: ready / 2, StartUp: time.Duration(max(0, startUp)) * time.Second, Max: most,
			}
			if !known && i > 2 {
				seen.Problem = "made up"
			}
			var plan batch.Plan
			plan, state = batch.Replan(&batch.Spec{Source: batch.Source(1 + i%3), Rate: rate, Margin: margin}, state, &seen, now)
			if plan.Replicas < 0 || plan.Replicas > most {
				t.Fatalf("%d replicas of at most %d: %+v", plan.Replicas, most, plan)
			}
			if seen.Problem != "" && plan.Replicas < min(current, most) {
				t.Fatalf("%d replicas of %d, and the backlog is unknown", plan.Replicas, current)
			}
			now = now.Add(37 * time.Second)
		}
	})
}
