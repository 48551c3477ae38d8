package night_test

import (
	"math"
	"testing"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/night"
)

// TestRandomNights: on nights that nothing was tuned on, a batch window is on time wherever the maximum from the start on
// would be, at little more than the least that anyone could do it for; and what cannot be on time is said to be at risk
// early.
func TestRandomNights(t *testing.T) {
	policies := night.Policies()[:1]
	sums := make([]night.Sum, len(policies))
	for seed := uint64(5000); seed < 5100; seed++ {
		n := night.NewRandom(seed)
		night.Compare(&n, policies, sums)
	}
	s := &sums[0]
	t.Logf("%d of %d nights late, %.3f of the least, %d false alarms; of %d hopeless nights %d warned in the first tenth",
		s.Late, s.Nights, s.Hours/s.Least, s.False, s.Hopeless, s.Warned)
	if s.Late > 0 || s.Nights < 70 {
		t.Errorf("%d of %d nights are late", s.Late, s.Nights)
	}
	if cost := s.Hours / s.Least; cost > 1.15 {
		t.Errorf("it costs %.3f of the least", cost)
	}
	if 10*s.Warned < 9*s.Hopeless || s.Hopeless < 10 {
		t.Errorf("of %d hopeless nights only %d are warned of in the first tenth", s.Hopeless, s.Warned)
	}
	if 20*s.False > s.Nights {
		t.Errorf("%d false alarms in %d nights", s.False, s.Nights)
	}
}

// TestPatienceIsOnTime: a plan that waits before it asks for replicas, as that of a Job, is on time on the same nights, on
// which workers are slower than they are guessed to be, too, and what comes goes on to come.
func TestPatienceIsOnTime(t *testing.T) {
	patient := night.Policy{Name: "patient", Spec: func(n *night.Random) *engine.Spec {
		plan := batch.Spec{Source: batch.Learned, Rate: n.Guess, Margin: 0.2, Stays: true}
		return n.Batch(n.Max, plan, n.Arrivals)
	}}
	sums := make([]night.Sum, 1)
	for seed := uint64(5000); seed < 5100; seed++ {
		n := night.NewRandom(seed)
		night.Compare(&n, []night.Policy{patient}, sums)
	}
	s := &sums[0]
	t.Logf("%d of %d nights late, %d false alarms; of %d hopeless nights %d warned in the first tenth", s.Late, s.Nights, s.False, s.Hopeless, s.Warned)
	if s.Late > 0 || 20*s.False > s.Nights || 10*s.Warned < 9*s.Hopeless {
		t.Errorf("of %d nights %d are late, and there are %d false alarms; of %d hopeless nights %d are warned of", s.Nights, s.Late, s.False, s.Hopeless, s.Warned)
	}
}

// TestAHopelessNightStaysAtTheMaximum: once it is said to be at risk, all there can be is asked for, until less is left than
// there are replicas.
func TestAHopelessNightStaysAtTheMaximum(t *testing.T) {
	hopeless := 0
	for seed := uint64(5000); hopeless < 12; seed++ {
		n := night.NewRandom(seed)
		if night.Run(&n.Config, n.Fixed(n.Max), nil).Late == 0 {
			continue
		}
		hopeless++
		risk := math.Inf(1)
		now := 0.0
		night.Run(&n.Config, night.Policies()[0].Spec(&n), func(d *engine.Decision, backlog int) {
			now += 15
			if d.DeadlineAtRisk.Status == engine.True {
				risk = min(risk, now)
			}
			// The way up goes by doubling, and at the end a replica for each item is enough.
			if now > risk+120 && now < n.Closes && backlog > 2*int(n.Max) && d.DeadlineAtRisk.Status == engine.True && d.Desired < n.Max {
				t.Fatalf("seed %d: %d of %d replicas %g s after the warning, and %d are left", seed, d.Desired, n.Max, now-risk, backlog)
			}
		})
	}
}
