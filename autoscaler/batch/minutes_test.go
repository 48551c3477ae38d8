package batch_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// rush is a batch of three minutes, second by second.
type rush struct {
	spec                   batch.Spec
	rate, start, need      float64 // what a replica does in a second, the seconds it starts for, the replicas that just do
	arrivals, arriving     float64
	left, replicaSeconds   float64
	readyAt, leaving, seen []float64
	state                  batch.State
}

const minutes = 180.0

func newRush(dice *rand.Rand) *rush {
	r := &rush{rate: 0.8 + 0.5*dice.Float64(), start: 4.5 + 3*dice.Float64(), need: 3.5 + 3*dice.Float64()}
	work := r.need * r.rate * (minutes - r.start)
	r.left = work * (0.6 + 0.2*dice.Float64())
	r.arriving = minutes * (0.2 + 0.2*dice.Float64())
	r.arrivals = (work - r.left) / r.arriving
	r.spec = batch.Spec{Source: batch.Learned, Rate: 1, Margin: 0.15, LongestItem: time.Second}
	if dice.IntN(2) == 0 {
		r.spec.Source, r.spec.Rate = batch.Stated, r.rate
	}
	return r
}

// optimum is the least of replica seconds: as few replicas as just do, each started once, and none of them ever idle.
func (r *rush) optimum() float64 { return math.Ceil(r.need)*r.start + r.need*(minutes-r.start) }

// second lets one pass. What is seen is two seconds old, and replicas that are taken away stay for two.
func (r *rush) second(s float64, dice *rand.Rand) {
	if s < r.arriving {
		r.left += r.arrivals
	}
	for _, at := range r.readyAt {
		if at <= s {
			r.left = max(0, r.left-r.rate*(0.8+0.4*dice.Float64()))
		}
	}
	r.replicaSeconds += float64(len(r.readyAt))
	for _, at := range r.leaving {
		if at > s {
			r.replicaSeconds++
		}
	}
	if r.seen = append(r.seen, r.left); s >= 2 {
		r.replan(s)
	}
}

func (r *rush) replan(s float64) {
	midnight := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return midnight.Add(time.Duration(s * float64(time.Second))) }
	seen := batch.Seen{
		Start: midnight, Deadline: at(minutes), Backlog: r.seen[int(s)-2], At: at(s - 2), HasArrivals: true,
		Current: int32(len(r.readyAt)), StartUp: time.Minute, Max: 10,
	}
	if s-4 < r.arriving {
		seen.Arrivals = r.arrivals
	}
	for _, ready := range r.readyAt {
		if ready <= s {
			seen.Ready++
			seen.StartUp = time.Duration(r.start * float64(time.Second))
		}
	}
	plan, state := batch.Replan(&r.spec, r.state, &seen, at(s))
	r.state = state
	for len(r.readyAt) < int(plan.Replicas) {
		r.readyAt = append(r.readyAt, s+r.start)
	}
	for len(r.readyAt) > int(plan.Replicas) {
		r.readyAt, r.leaving = r.readyAt[:len(r.readyAt)-1], append(r.leaving, s+2)
	}
}

// TestMinutesAreEnough: what waits a minute in a night waits seconds where there are only minutes, so that these are on
// time, too, and do not cost much more than the least there is.
func TestMinutesAreEnough(t *testing.T) {
	dice := rand.New(rand.NewPCG(20, 15))
	sum := 0.0
	const rushes = 200
	for i := range rushes {
		r := newRush(dice)
		done := -1.0
		for s := 0.0; s < minutes+60; s++ {
			if r.second(s, dice); done < 0 && r.left == 0 && s >= r.arriving {
				done = s
			}
		}
		if done < 0 || done > minutes {
			t.Errorf("batch %d was done at %g of %g seconds", i, done, minutes)
		}
		over := r.replicaSeconds/r.optimum() - 1
		if over > 0.25 {
			t.Errorf("batch %d took %.0f replica seconds, %.0f%% more than %.0f", i, r.replicaSeconds, 100*over, r.optimum())
		}
		sum += over / rushes
	}
	if sum > 0.12 {
		t.Errorf("they took %.0f%% more replica seconds than the least there is", 100*sum)
	}
}
