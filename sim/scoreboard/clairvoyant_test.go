package scoreboard

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/sim/peers"
)

// twin returns what lowest does, by trying every plan.
func (v *clairvoyant) twin(price float64, t int, n int32) float64 {
	if t == len(v.needed) {
		return 0
	}
	lowest := math.Inf(1)
	for next := v.least; next <= v.most; next++ {
		sum := 0.0
		if next > n {
			if t < v.start {
				continue
			}
			for _, needed := range v.needed[t-v.start : t] {
				if needed != unscored {
					sum += float64(next-n) * v.step
				}
			}
		}
		if needed := v.needed[t]; needed != unscored {
			if sum += float64(next) * v.step; next < needed {
				sum += price * v.step
			}
		}
		lowest = min(lowest, sum+v.twin(price, t+1, next))
	}
	return lowest
}

// TestClairvoyantAgainstTheTwin: the lowest sum is that of all plans, with gaps, and with demands beyond the maximum.
func TestClairvoyantAgainstTheTwin(t *testing.T) {
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 0))
		v := &clairvoyant{step: 5, start: dice.IntN(4), least: 1, most: 3, first: 1 + dice.Int32N(3)}
		for range 1 + dice.IntN(6) {
			v.needed = append(v.needed, dice.Int32N(6)-1)
		}
		for _, price := range []float64{0, 1, 3, 100} {
			if got, want := v.lowest(price), v.twin(price, 0, v.first); math.Abs(got-want) > 1e-9 {
				t.Fatalf("seed %d: a late second for %g: got %g, want %g: %+v", seed, price, got, want, v)
			}
		}
	}
}

// TestClairvoyantByHand: a gap between two demands keeps its pods where it is shorter than their start-up time.
func TestClairvoyantByHand(t *testing.T) {
	const long = 4
	for name, tc := range map[string]struct {
		needed      []int32
		pods        float64
		late, for90 float64
	}{
		"a short gap keeps a pod": {[]int32{1, 1, 1, 1, 2, 1, 1, 2}, 8 + 4 + 4, 0, 0},
		"a long gap ends it":      {[]int32{1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2}, 11 + 2*(4+1), 0, 0},
		"no time for a start":     {[]int32{1, 2, 1, 1, 1}, 5, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			v := &clairvoyant{step: 1, start: long, least: 1, most: 5, first: 1, needed: tc.needed}
			o := v.optimum()
			if got := o.leastPodSeconds(tc.late); got != tc.pods {
				t.Errorf("got %g pod-seconds, want %g", got, tc.pods)
			}
			if got := o.leastLate(1e6); got != 0 && tc.late == 0 {
				t.Errorf("got %g late seconds, want none", got)
			}
		})
	}
}

// TestNoPolicyBeatsTheClairvoyant: where every pod starts in the median time, each policy is late for at least as long as a clairvoyant with
// its pods, and has at least the pods of one that is late for as long.
func TestNoPolicyBeatsTheClairvoyant(t *testing.T) {
	var loads []Load
	for _, l := range Shapes() {
		l.Length = min(l.Length, 3*time.Hour)
		loads = append(loads, l)
	}
	g := Standard(loads, policies())
	g.Starts, g.Seeds, g.Plant.Pod.Start.Sigma = []time.Duration{30 * time.Second, 2 * time.Minute}, g.Seeds[:1], 0
	late := 0
	for _, c := range g.Cases() {
		if c.Goal.Metric == peers.Rate && c.Policy.Measure != nil {
			continue // it decides at another period, and is slow
		}
		r, err := c.Run()
		if err != nil {
			t.Fatal(err)
		}
		o := newClairvoyant(&c).optimum()
		least, pods := o.leastLate(3600*r.PodHours), o.leastPodSeconds(r.SLOViolationSeconds)
		if r.SLOViolationSeconds < least-1e-6 || 3600*r.PodHours < pods-1e-6 {
			t.Errorf("%s over %s by %s: late for %g s with %g pod-hours, and a clairvoyant for %g s, or with %g pod-hours",
				c.Policy.Name, c.Load.Name, c.Goal.Metric, r.SLOViolationSeconds, r.PodHours, least, pods/3600)
		}
		if least > 0 {
			late++
		}
	}
	if late == 0 {
		t.Error("a clairvoyant is never late: the test shows nothing")
	}
}
