package batch_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// rush simulates a batch of three minutes in steps of one second.
type rush struct {
	spec                 batch.Spec
	shared               bool    // whether the throughput is measured for all replicas together
	measured             bool    // whether arrivals are measured
	stays                bool    // whether ready replicas stay until the backlog is empty, like those of a Job
	rate, start, need    float64 // work per second of a replica, its start-up in seconds, the fewest sufficient replicas
	arrivals, arriving   float64
	left, replicaSeconds float64
	readyAt, leaving     []float64
	// By second: the backlog, the work done since the start, and the replica seconds with work since the start.
	seen, done, busy []float64
	state            batch.State
	alarm            bool
}

const minutes = 180.0

func newRush(dice *rand.Rand, source batch.Source) *rush {
	between := func(low, high float64) float64 { return low + (high-low)*dice.Float64() }
	r := &rush{rate: between(0.8, 1.3), start: between(3, 6), need: between(3.5, 6), measured: dice.IntN(3) > 0}
	work := r.need * r.rate * (minutes - r.start)
	r.left = work * between(0.6, 0.85)
	r.arriving = minutes * between(0.4, 0.8)
	r.arrivals = (work - r.left) / r.arriving
	r.spec = batch.Spec{Source: source, Margin: 0.15, LongestItem: time.Second, Divisible: true} // work as even as water
	switch source {
	case batch.Stated:
		r.spec.Rate = r.rate
	case batch.Learned:
		r.spec.Rate = 1
	}
	return r
}

// optimum returns the fewest replica seconds: the fewest sufficient replicas, each started once and never idle.
func (r *rush) optimum() float64 { return math.Ceil(r.need)*r.start + r.need*(minutes-r.start) }

// second simulates one second. Observations are two seconds old, and removed replicas stay for two seconds.
func (r *rush) second(s float64, dice *rand.Rand) {
	if s < r.arriving {
		r.left += r.arrivals
	}
	done, busy := 0.0, 0.0
	if last := len(r.done) - 1; last >= 0 {
		done, busy = r.done[last], r.busy[last]
	}
	for _, at := range r.readyAt {
		if at <= s {
			can := r.rate * (0.7 + 0.6*dice.Float64())
			did := min(can, r.left)
			r.left -= did
			done, busy = done+did, busy+did/can
		}
	}
	r.replicaSeconds += float64(len(r.readyAt))
	for _, at := range r.leaving {
		if at > s {
			r.replicaSeconds++
		}
	}
	r.seen, r.done, r.busy = append(r.seen, r.left), append(r.done, done), append(r.busy, busy)
	if s >= 2 {
		r.replan(s)
	}
}

func (r *rush) replan(s float64) {
	midnight := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	instant := func(s float64) time.Time { return midnight.Add(time.Duration(s * float64(time.Second))) }
	seen := batch.Observation{
		Start: midnight, Deadline: instant(minutes), Backlog: r.seen[int(s)-2], At: instant(s - 2), HasArrivals: r.measured,
		Current: int32(len(r.readyAt)), StartUp: 15 * time.Second, Max: 12,
	}
	if r.measured && s-4 < r.arriving {
		seen.Arrivals = r.arrivals
	}
	for _, ready := range r.readyAt {
		if ready <= s {
			seen.Ready++
			seen.StartUp = time.Duration(r.start * float64(time.Second))
		}
	}
	r.measure(&seen, int(s)-2)
	plan, state := batch.Replan(&r.spec, r.state, &seen, instant(s))
	r.state = state
	r.alarm = r.alarm || plan.Phase == batch.AtRisk
	for len(r.readyAt) < int(plan.Replicas) {
		r.readyAt = append(r.readyAt, s+r.start)
	}
	kept := 0
	if r.stays && (r.left > 0 || s < r.arriving) {
		kept = int(seen.Ready)
	}
	for len(r.readyAt) > max(kept, int(plan.Replicas)) {
		r.readyAt, r.leaving = r.readyAt[:len(r.readyAt)-1], append(r.leaving, s+2)
	}
}

// measure computes the throughput over five seconds, as rate() of Prometheus does.
func (r *rush) measure(seen *batch.Observation, now int) {
	from := max(0, now-5)
	done, busy := r.done[now]-r.done[from], r.busy[now]-r.busy[from]
	switch {
	case r.shared && seen.Ready > 0:
		seen.Throughput, seen.HasThroughput, seen.Shared = done/5/float64(seen.Ready), true, true
	case !r.shared && busy > 0:
		seen.Throughput, seen.HasThroughput = done/busy, true
	}
}

// TestShortDeadline: a delay of a minute in a batch of a night is a delay of seconds in a batch of three minutes. So such batches are
// on time, too, and their replica seconds are close to the optimum, for every source of the throughput. The plan has no input for the
// end of the arrivals, which last for 40% to 80% of the time. The replicas of a Job stay until the backlog is empty, so a few percent
// of its batches cost more. A Job with a learned throughput requires measured arrivals.
func TestShortDeadline(t *testing.T) {
	for name, tc := range map[string]struct {
		source        batch.Source
		shared, stays bool
		dearer        int // number of batches that may exceed the optimum by more than 15%
	}{
		"stated":                 {source: batch.Stated},
		"learned":                {source: batch.Learned},
		"measured":               {source: batch.Measured},
		"measured together":      {source: batch.Measured, shared: true},
		"stated Job":             {source: batch.Stated, stays: true, dearer: 8},
		"learned Job":            {source: batch.Learned, stays: true, dearer: 2},
		"measured Job":           {source: batch.Measured, stays: true, dearer: 2},
		"measured together, Job": {source: batch.Measured, shared: true, stays: true, dearer: 2},
	} {
		t.Run(name, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(20, 15))
			sum, dearer := 0.0, 0
			const rushes = 200
			for i := range rushes {
				r := newRush(dice, tc.source)
				r.shared, r.stays, r.spec.Stays = tc.shared, tc.stays, tc.stays
				r.measured = r.measured || tc.stays && tc.source == batch.Learned
				done := -1.0
				for s := 0.0; s < minutes+60; s++ {
					if r.second(s, dice); done < 0 && r.left == 0 && s >= r.arriving {
						done = s
					}
				}
				if done < 0 || done > minutes || r.alarm {
					t.Errorf("batch %d was done at %g of %g seconds, said to be at risk: %t", i, done, minutes, r.alarm)
				}
				over := r.replicaSeconds/r.optimum() - 1
				if over > 0.15 {
					dearer++
				}
				sum += over / rushes
			}
			t.Logf("%.1f%% more replica seconds than the least there is, and more than 15%% of %d", 100*sum, dearer)
			if sum > 0.065 || dearer > tc.dearer {
				t.Errorf("they took %.1f%% more replica seconds than the least there is, and %d more than 15%%", 100*sum, dearer)
			}
		})
	}
}
