package batch_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

var ten = time.Date(2026, 3, 2, 22, 0, 0, 0, time.UTC)

// random makes up a spec, a state and what is seen, some of it absurd.
func random(g *rand.Rand) (*batch.Spec, batch.State, batch.Observation, time.Time) {
	spec := &batch.Spec{
		Source: batch.Source(1 + g.IntN(3)), Rate: math.Exp(10 * g.NormFloat64()), Margin: g.Float64(),
		LongestItem: time.Duration(g.IntN(2)*g.IntN(7200)) * time.Second,
	}
	length := time.Duration(60+g.IntN(36000)) * time.Second
	now := ten.Add(time.Duration(g.Float64() * 1.2 * float64(length)))
	seen := batch.Observation{
		Start: ten, Deadline: ten.Add(length), Backlog: math.Exp(8*g.NormFloat64() + 5), At: now.Add(-time.Duration(g.IntN(60)) * time.Second),
		Arrivals: g.Float64(), HasArrivals: g.IntN(2) == 0, Throughput: math.Exp(5 * g.NormFloat64()), HasThroughput: g.IntN(2) == 0,
		Current: int32(g.IntN(200)), Ready: int32(g.IntN(200)), StartUp: time.Duration(g.IntN(600)) * time.Second, Min: int32(g.IntN(5)),
	}
	seen.Max = seen.Min + int32(g.IntN(300))
	if g.IntN(2) == 0 { // few items, which take long
		seen.Backlog, spec.Rate = float64(g.IntN(25)), math.Exp(-3-5*g.Float64())
		seen.Throughput, seen.Arrivals = math.Exp(-3-5*g.Float64()), g.Float64()/1000
	}
	switch g.IntN(4) {
	case 0:
		spec.ItemSize = float64(1 + g.IntN(9))
	case 1:
		seen.Busy = g.Int32N(20)
	}
	if g.IntN(5) == 0 {
		seen.Backlog = 0
	}
	var state batch.State
	if g.IntN(4) > 0 { // a state as an earlier tick leaves it
		before := seen
		before.Backlog, before.At = seen.Backlog*(1+g.Float64()), seen.At.Add(-time.Duration(1+g.IntN(100))*time.Second)
		_, state = batch.Replan(spec, state, &before, before.At)
	}
	return spec, state, seen, now
}

// TestWithinTheBounds: whatever is seen, the plan is within the bounds, and a backlog that is unknown takes nothing away that
// they allow.
func TestWithinTheBounds(t *testing.T) {
	for seed := range uint64(20_000) {
		spec, state, seen, now := random(rand.New(rand.NewPCG(seed, 1)))
		spec.Stays = seed%2 == 0
		if seed%3 == 0 {
			seen.Problem = "made up"
		}
		plan, next := batch.Replan(spec, state, &seen, now)
		if plan.Replicas < seen.Min || plan.Replicas > seen.Max {
			t.Fatalf("seed %d: %d replicas are outside of [%d, %d]", seed, plan.Replicas, seen.Min, seen.Max)
		}
		if seen.Problem != "" && plan.Replicas < min(seen.Current, seen.Max) {
			t.Fatalf("seed %d: %d of %d replicas are left, and the backlog is unknown", seed, plan.Replicas, seen.Current)
		}
		for _, x := range []float64{plan.Backlog, plan.Throughput, plan.Error, plan.Arrivals, plan.Left, next.Rate.Work, next.Rate.Seconds} {
			if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
				t.Fatalf("seed %d: %+v has a figure that is none", seed, plan)
			}
		}
	}
}

// TestNoMoreReplicasThanItems: the margin, the error of what is learned, arrivals that are inferred and the deadline never raise a
// plan above one replica for each item that is left or expected, and the plan of a Job has no more of them however many are there.
func TestNoMoreReplicasThanItems(t *testing.T) {
	limited := 0
	for seed := range uint64(200_000) {
		spec, state, seen, now := random(rand.New(rand.NewPCG(seed, 6)))
		spec.Stays = seed%2 == 0
		if seed%5 == 0 {
			seen.Problem = "made up"
		}
		known := seen.Problem == ""
		plan, next := batch.Replan(spec, state, &seen, now)
		size := max(1, spec.ItemSize)
		until := max(0, seen.Deadline.Sub(now).Seconds())
		if until == 0 {
			until = max(math.Min(60, seen.Deadline.Sub(seen.Start).Seconds()/60), size/plan.Throughput)
		}
		if !known {
			until += now.Sub(next.At).Seconds()
		}
		items := next.Backlog
		if seen.HasArrivals || !next.Watched.IsZero() {
			items += next.Arrivals * until
		}
		most := int32(min(math.MaxInt32, math.Ceil(items/size+1e-6)))
		if plan.Needed > most {
			t.Fatalf("seed %d: %d replicas are needed for %g items of %g each: %+v", seed, plan.Needed, items, size, plan)
		}
		most = max(most, seen.Min, min(seen.Busy, seen.Current))
		if !known || !spec.Stays {
			most = max(most, seen.Current)
		}
		if plan.Replicas > max(most, 1) {
			t.Fatalf("seed %d: %d → %d replicas for %g items of %g each: %+v", seed, seen.Current, plan.Replicas, items, size, plan)
		}
		if plan.Needed == plan.Items {
			limited++
		}
	}
	if limited < 10_000 {
		t.Errorf("only %d plans are limited by their items", limited)
	}
}

// TestMoreBacklogNeedsNoFewer: all else alike, more that is left never needs or gets fewer replicas.
func TestMoreBacklogNeedsNoFewer(t *testing.T) {
	for seed := range uint64(20_000) {
		g := rand.New(rand.NewPCG(seed, 2))
		spec, state, seen, now := random(g)
		spec.Stays = seed%2 == 0
		if spec.Source == batch.Learned {
			state = batch.State{} // or more that is left is less that was done
		}
		if spec.Source != batch.Learned && !seen.HasArrivals {
			state = batch.State{} // the same of what came
		}
		plan, _ := batch.Replan(spec, state, &seen, now)
		more := seen
		more.Backlog += 1 + g.Float64()*seen.Backlog
		fuller, _ := batch.Replan(spec, state, &more, now)
		if fuller.Needed < plan.Needed || fuller.Replicas < plan.Replicas {
			t.Fatalf("seed %d: %g left need %d and get %d, %g left need %d and get %d", seed,
				seen.Backlog, plan.Needed, plan.Replicas, more.Backlog, fuller.Needed, fuller.Replicas)
		}
	}
}

// TestLessTimeNeedsNoFewer: the later it is, the more replicas what is left needs.
func TestLessTimeNeedsNoFewer(t *testing.T) {
	spec := &batch.Spec{Source: batch.Stated, Rate: 0.1, Margin: 0.2}
	before := int32(0)
	for now := ten; now.Before(ten.Add(9 * time.Hour)); now = now.Add(time.Minute) {
		seen := batch.Observation{
			Start: ten, Deadline: ten.Add(8 * time.Hour), Backlog: 10_000, At: now, HasArrivals: true, StartUp: time.Minute, Max: 1 << 20,
		}
		plan, _ := batch.Replan(spec, batch.State{}, &seen, now)
		if plan.Needed < before {
			t.Fatalf("at %s %d are needed, and %d were a minute before", now, plan.Needed, before)
		}
		before = plan.Needed
	}
}

// fluid is a world in which work is as even as water: so many replicas work for a time, and what they do is gone.
type fluid struct {
	spec     batch.Spec
	state    batch.State
	seen     batch.Observation
	now      time.Time
	rate     float64 // of a replica, in truth
	arrivals float64
	measured bool // whether arrivals are
	replicas int32
	changes  int
	peak     int32
	plan     batch.Plan
}

// newFluid has replicas that work off two units a second, and eight hours for it.
func newFluid(spec batch.Spec, backlog float64) *fluid {
	return &fluid{
		spec: spec, now: ten, rate: 2,
		seen: batch.Observation{Start: ten, Deadline: ten.Add(8 * time.Hour), Backlog: backlog, StartUp: 30 * time.Second, Max: 1000},
	}
}

// tick plans, and lets a quarter of a minute pass.
func (f *fluid) tick() {
	f.seen.At, f.seen.Current = f.now, f.replicas
	f.seen.Arrivals, f.seen.HasArrivals = f.arrivals, f.measured
	f.plan, f.state = batch.Replan(&f.spec, f.state, &f.seen, f.now)
	if f.plan.Replicas != f.replicas {
		f.changes++
	}
	f.replicas = f.plan.Replicas
	f.peak = max(f.peak, f.replicas)
	const step = 15.0
	f.seen.Backlog = max(0, f.seen.Backlog+(f.arrivals-float64(f.seen.Ready)*f.rate)*step)
	f.seen.Ready = f.replicas // which start within a tick
	f.now = f.now.Add(step * time.Second)
}

// run goes on until nothing is left, and somewhat longer; or until twice the time is over.
func (f *fluid) run(each func()) (done time.Duration) {
	done = 2 * f.seen.Deadline.Sub(ten)
	for end := ten.Add(done); f.now.Before(end); {
		f.tick()
		if each != nil {
			each()
		}
		if f.seen.Backlog == 0 && f.now.Sub(ten) < done {
			done = f.now.Sub(ten)
			end = f.now.Add(15 * time.Minute)
		}
	}
	return done
}

// TestASteadyDrainIsQuiet: where all is as it was thought, the plan is made once and kept, and given up at the end.
func TestASteadyDrainIsQuiet(t *testing.T) {
	for _, source := range []batch.Source{batch.Stated, batch.Learned} {
		f := newFluid(batch.Spec{Source: source, Rate: 2, Margin: 0.2}, 2_000_000)
		done := f.run(nil)
		t.Logf("source %d: done after %s, %d changes, at most %d replicas", source, done, f.changes, f.peak)
		if done > 8*time.Hour || f.changes > 8 {
			t.Errorf("source %d: done after %s with %d changes: want it on time, with at most 8", source, done, f.changes)
		}
		if f.replicas != 0 {
			t.Errorf("source %d: %d replicas are left", source, f.replicas)
		}
	}
}

// TestWrongGuessIsCorrected: if the guess is twice or half of the throughput, the estimate is within 10% of it after 15 minutes, and
// the plan meets the deadline.
func TestWrongGuessIsCorrected(t *testing.T) {
	for _, wrong := range []float64{0.5, 1, 2} {
		for _, arrivals := range []float64{0, 20} {
			t.Run(fmt.Sprintf("guess×%g arrivals %g", wrong, arrivals), func(t *testing.T) {
				f := newFluid(batch.Spec{Source: batch.Learned, Rate: wrong * 2, Margin: 0.2}, 2_000_000)
				f.arrivals, f.measured = arrivals, true
				healed := time.Duration(0)
				for f.now.Before(f.seen.Deadline) && f.seen.Backlog > 0 {
					f.tick()
					if off := f.plan.Throughput/2 - 1; math.Abs(off) > 0.1 {
						healed = f.now.Sub(ten)
					}
				}
				if f.seen.Backlog > 60*arrivals {
					t.Errorf("%g are left at the deadline", f.seen.Backlog)
				}
				if healed > 15*time.Minute {
					t.Errorf("the guess was off by a tenth for %s", healed)
				}
			})
		}
	}
}

// TestTheErrorShrinks: the more has been seen of even work, the less the throughput is in doubt.
func TestTheErrorShrinks(t *testing.T) {
	f := newFluid(batch.Spec{Source: batch.Learned, Rate: 3, Margin: 0.2}, 2_000_000)
	f.tick()
	first := f.plan.Error / f.plan.Throughput
	for range 240 {
		f.tick()
	}
	if last := f.plan.Error / f.plan.Throughput; first < 0.15 || last > 0.02 {
		t.Errorf("the error is %g of the throughput at first and %g after an hour", first, last)
	}
}
