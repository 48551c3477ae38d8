package batch_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
	simbatch "flyball.dev/flyball/sim/batch"
)

// TestRandomNights: on nights that nothing was tuned on, a batch window is on time wherever the maximum from the start on
// would be, at little more than the least that anyone could do it for; and what cannot be on time is said to be at risk
// early.
func TestRandomNights(t *testing.T) {
	policies := simbatch.Policies()[:1]
	sums := make([]simbatch.Summary, len(policies))
	for seed := uint64(5000); seed < 5100; seed++ {
		n := simbatch.NewRandomNight(seed)
		simbatch.Compare(&n, policies, sums)
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

// TestFewItemsHaveFewWorkers: on nights of 1 to 25 items, whether arrivals are measured, whether the throughput is stated, learned,
// or guessed wrong, no decision adds a worker beyond one for each item that is left or expected. In half of the nights the window is
// hardly long enough for the items. On the others, a plan with a margin above 20% is on time if the fixed maximum is.
func TestFewItemsHaveFewWorkers(t *testing.T) {
	added, limited := 0, 0
	for seed := range uint64(600) {
		g := rand.New(rand.NewPCG(seed, 21))
		n := simbatch.NewRandomNight(seed)
		n.Items = n.Items[:1+g.IntN(min(25, len(n.Items)))]
		mean := 0.0
		for _, item := range n.Items {
			mean += item.Takes / float64(len(n.Items))
		}
		n.Max = 40
		n.DarkFrom, n.DarkTo = 0, 0
		tight := g.IntN(2) == 0
		if tight {
			n.Closes = n.Opens + 60 + 3*n.StartUp + mean*(1+5*g.Float64())
		}
		plan := batch.Spec{
			Source: batch.Stated + 2*batch.Source(g.IntN(2)), Rate: math.Exp(g.NormFloat64()/3) / mean, Margin: g.Float64() / 2, Stays: g.IntN(2) == 0,
		}
		measured := g.IntN(2) == 0
		r := simbatch.Run(&n.Config, n.Batch(n.Max, plan, measured), func(d *engine.Decision, _ int) {
			if d.Desired <= d.Current {
				return
			}
			added++
			p := &d.Batches[0]
			items := p.Backlog
			if until := p.Deadline.Sub(d.Time); measured && until > 0 {
				items += p.Arrivals * until.Seconds()
			}
			if p.Needed == p.Items {
				limited++
			}
			if float64(d.Desired) > math.Ceil(items+1e-6) {
				t.Fatalf("seed %d: %d → %d workers for %g items: %+v", seed, d.Current, d.Desired, items, p)
			}
		})
		if fixed := simbatch.Run(&n.Config, n.Fixed(n.Max), nil); !tight && plan.Margin > 0.2 && r.Late > 0 && fixed.Late == 0 {
			t.Errorf("seed %d: %d items are late, and with %d workers from the start none is", seed, r.Late, n.Max)
		}
	}
	if added < 600 || limited < 50 {
		t.Errorf("workers were added %d times only, and %d times as many as items", added, limited)
	}
}

// TestPatienceIsOnTime: a plan that starts its replicas late, like that of a Job, is on time on the same nights, also if workers are
// slower than the guess and arrivals continue.
func TestPatienceIsOnTime(t *testing.T) {
	patient := simbatch.Policy{Name: "patient", Spec: func(n *simbatch.RandomNight) *engine.Spec {
		plan := batch.Spec{Source: batch.Learned, Rate: n.Guess, Margin: 0.2, Stays: true}
		return n.Batch(n.Max, plan, n.Arrivals)
	}}
	sums := make([]simbatch.Summary, 1)
	for seed := uint64(5000); seed < 5100; seed++ {
		n := simbatch.NewRandomNight(seed)
		simbatch.Compare(&n, []simbatch.Policy{patient}, sums)
	}
	s := &sums[0]
	t.Logf("%d of %d nights late, %d false alarms; of %d hopeless nights %d warned in the first tenth", s.Late, s.Nights, s.False, s.Hopeless, s.Warned)
	if s.Late > 0 || 20*s.False > s.Nights || 10*s.Warned < 9*s.Hopeless {
		t.Errorf("of %d nights %d are late, and there are %d false alarms; of %d hopeless nights %d are warned of", s.Nights, s.Late, s.False, s.Hopeless, s.Warned)
	}
}

// TestAHopelessNightStaysAtTheMaximum: while the deadline is at risk, the plan requests the maximum of replicas, until fewer items than
// replicas are left.
func TestAHopelessNightStaysAtTheMaximum(t *testing.T) {
	hopeless := 0
	for seed := uint64(5000); hopeless < 12; seed++ {
		n := simbatch.NewRandomNight(seed)
		if simbatch.Run(&n.Config, n.Fixed(n.Max), nil).Late == 0 {
			continue
		}
		hopeless++
		risk := math.Inf(1)
		now := 0.0
		simbatch.Run(&n.Config, simbatch.Policies()[0].Spec(&n), func(d *engine.Decision, backlog int) {
			now += 15
			if d.DeadlineAtRisk.Status == engine.True {
				risk = min(risk, now)
			}
			// Scale-up doubles the replicas per step, and at the end one replica per item is enough.
			if now > risk+120 && now < n.Closes && backlog > 2*int(n.Max) && d.DeadlineAtRisk.Status == engine.True && d.Desired < n.Max {
				t.Fatalf("seed %d: %d of %d replicas %g s after the warning, and %d are left", seed, d.Desired, n.Max, now-risk, backlog)
			}
		})
	}
}
