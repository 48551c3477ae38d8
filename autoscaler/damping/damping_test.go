package damping_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/damping"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const period = 15 * time.Second

// play lets a load pass, tick by tick, onto a target that does as it is told, and gives the replicas after each.
func play(spec *damping.Spec, replicas int32, length time.Duration, load func(at time.Duration) float64) []int32 {
	var state damping.State
	var counts []int32
	for at := time.Duration(0); at < length; at += period {
		var wish damping.Recommendation
		seen := damping.Observation{Load: load(at), Current: replicas, LoadAge: 45 * time.Second, StartupTime: 30 * time.Second, Tolerance: 0.1, Stabilization: 5 * time.Minute}
		wish, state = damping.Recommend(spec, state, &seen, noon.Add(at))
		replicas = max(1, wish.Replicas)
		counts = append(counts, replicas)
	}
	return counts
}

func steady(load float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return load }
}

func step(from, to float64, when time.Duration) func(time.Duration) float64 {
	return func(at time.Duration) float64 {
		if at < when {
			return from
		}
		return to
	}
}

// TestNoPart: the zero Spec asks for what the load takes, at once.
func TestNoPart(t *testing.T) {
	counts := play(&damping.Spec{}, 10, 2*time.Minute, step(10, 14.2, time.Minute))
	for i, want := range []int32{10, 10, 10, 10, 15, 15, 15, 15} {
		if counts[i] != want {
			t.Errorf("tick %d: %d replicas, want %d", i, counts[i], want)
		}
	}
}

// surges is 5, but 40 in the first minute and again after an hour: 5 + 35·e^(-60/30) is 9.7, so 29.2 are believed.
func surges(at time.Duration) float64 {
	if at < time.Minute || at >= 61*time.Minute {
		return 40
	}
	return 5
}

// TestEachPart alone, by numbers that were worked out by hand.
func TestEachPart(t *testing.T) {
	for name, tc := range map[string]struct {
		spec     damping.Spec
		replicas int32
		load     func(time.Duration) float64
		at       time.Duration
		want     int32
	}{
		// 20/1.25 = 16, and 16 + 0.5·√20 = 18.24.
		"headroom":                      {damping.Spec{Headroom: 1.25}, 20, steady(20), time.Minute, 16},
		"staffing":                      {damping.Spec{Headroom: 1.25, Staffing: 0.5}, 20, steady(20), time.Minute, 19},
		"staffing is never above 1":     {damping.Spec{Headroom: 1.25, Staffing: 9}, 20, steady(20), time.Minute, 20},
		"a band above: 11 of 10 · 1.12": {damping.Spec{DeadBandUp: 0.12}, 10, steady(11), time.Hour, 10},
		"beyond the band":               {damping.Spec{DeadBandUp: 0.12}, 10, steady(11.3), time.Minute, 12},
		"a band below: 8.1 of 10 · 0.8": {damping.Spec{DeadBandDown: 0.2}, 10, steady(8.1), time.Hour, 10},
		"below the band":                {damping.Spec{DeadBandDown: 0.2}, 10, steady(7.9), time.Minute, 8},
		"within the hold":               {damping.Spec{Hold: 10 * time.Minute}, 10, step(10, 5, time.Minute), 10 * time.Minute, 10},
		"after the hold":                {damping.Spec{Hold: 10 * time.Minute}, 10, step(10, 5, time.Minute), 12 * time.Minute, 5},
		// 3 · 5 within two minutes, and all of it after them. What is lately fades: from 40 to 5 + 35·e^(-60/30), three times that.
		"a surge that is doubted":      {damping.Spec{SurgeLimit: 3}, 5, step(5, 40, time.Minute), 2*time.Minute + 45*time.Second, 15},
		"a surge that has lasted":      {damping.Spec{SurgeLimit: 3}, 5, step(5, 40, time.Minute), 3 * time.Minute, 40},
		"a surge within the limit":     {damping.Spec{SurgeLimit: 3}, 5, step(5, 14, time.Minute), time.Minute, 14},
		"a surge of a few":             {damping.Spec{SurgeLimit: 3}, 1, step(1, 4, time.Minute), time.Minute, 4},
		"a surge like one an hour ago": {damping.Spec{SurgeLimit: 3}, 5, surges, 61 * time.Minute, 30},
	} {
		t.Run(name, func(t *testing.T) {
			counts := play(&tc.spec, tc.replicas, tc.at+period, tc.load)
			if got := counts[len(counts)-1]; got != tc.want {
				t.Errorf("after %s there are %d replicas, want %d", tc.at, got, tc.want)
			}
		})
	}
}

// TestLead: of a load that grows by 0.1 replicas a second, 75 seconds ahead is 7.5 replicas more.
func TestLead(t *testing.T) {
	ramp := func(at time.Duration) float64 { return 10 + 0.1*at.Seconds() }
	without := play(&damping.Spec{}, 10, 10*time.Minute, ramp)
	with := play(&damping.Spec{ForecastHorizon: 5 * time.Minute}, 10, 10*time.Minute, ramp)
	last := len(with) - 1
	if ahead := with[last] - without[last]; ahead < 7 || ahead > 8 {
		t.Errorf("%d replicas where %d are needed now, want 7 or 8 more", with[last], without[last])
	}
}

// TestPeaks: a load that jumps from 4 to 20 and back, and is 20 for a fifth of the time, keeps pods for peaks that are told to
// be met for 0.95 of the time, and gives them up where half of the time is enough.
func TestPeaks(t *testing.T) {
	jumps := func(at time.Duration) float64 {
		if (at/(5*time.Minute))%5 == 3 {
			return 20
		}
		return 4
	}
	for share, want := range map[float64][2]int32{0.95: {10, 24}, 0.5: {4, 7}} {
		counts := play(&damping.Spec{PeakShare: share}, 4, 48*time.Hour+24*time.Minute, jumps)
		if got := counts[len(counts)-1]; got < want[0] || got > want[1] {
			t.Errorf("for %g of the time there are %d replicas between the peaks, want from %d to %d", share, got, want[0], want[1])
		}
	}
}

// TestPeaksAreEarned: a load that can be foreseen is met as it comes, however high its peaks are.
func TestPeaksAreEarned(t *testing.T) {
	tide := func(at time.Duration) float64 { return 20 - 15*math.Cos(2*math.Pi*at.Hours()/12) }
	foreseen := damping.Spec{ForecastHorizon: 5 * time.Minute}
	ready := foreseen
	ready.PeakShare = 0.95
	if diff := cmp.Diff(play(&foreseen, 5, 48*time.Hour, tide), play(&ready, 5, 48*time.Hour, tide)); diff != "" {
		t.Error(diff)
	}
}

// TestCostBound: whatever the load does, what is spent stays near what the plain HPA would have.
func TestCostBound(t *testing.T) {
	bound := damping.Spec{Hold: time.Hour, CostBound: 0.1, CostWindow: 6 * time.Hour}
	jumps := func(at time.Duration) float64 {
		return 10 + 10*math.Abs(math.Sin(at.Seconds()*0.7))*float64(at/(20*time.Minute)%2)
	}
	sum := func(counts []int32) (total float64) {
		for _, n := range counts {
			total += float64(n)
		}
		return total
	}
	free := bound
	free.CostWindow = 0
	if held, open := sum(play(&bound, 10, 24*time.Hour, jumps)), sum(play(&free, 10, 24*time.Hour, jumps)); held > 0.95*open {
		t.Errorf("with the bound %.0f are spent, and without %.0f", held, open)
	}
}

// TestWhoSwings: replicas that turn with their load are told from those that turn by themselves.
func TestWhoSwings(t *testing.T) {
	swing := func(at time.Duration) float64 {
		if at/(4*time.Minute)%2 == 0 {
			return 10
		}
		return 20
	}
	spec := damping.Spec{GuardSteps: 4}
	for name, tc := range map[string]struct {
		load  func(time.Duration) float64
		hunts bool
	}{
		"the load":                    {swing, false},
		"the loop":                    {steady(15), true},
		"the loop, on a slow slope":   {func(at time.Duration) float64 { return 15 + at.Hours() }, true},
		"the loop, on a little noise": {func(at time.Duration) float64 { return 15 + 0.5*math.Sin(at.Seconds()) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			var state damping.State
			var wish damping.Recommendation
			for at := time.Duration(0); at < 2*time.Hour; at += period {
				// The replicas swing whatever is wished, as they do behind a metric that is late.
				seen := damping.Observation{Load: tc.load(at), Current: int32(swing(at - time.Minute))}
				wish, state = damping.Recommend(&spec, state, &seen, noon.Add(at))
			}
			if wish.GuardSteps == 0 || wish.Hunting != tc.hunts {
				t.Errorf("it widens by %d steps, and hunts: %t, want %t", wish.GuardSteps, wish.Hunting, tc.hunts)
			}
		})
	}
}

// TestCalm: a constant load with noise changes nothing once it has settled.
func TestCalm(t *testing.T) {
	balanced := damping.Balanced()
	counts := play(&balanced, 20, 12*time.Hour, func(at time.Duration) float64 {
		return 20 * (1 + 0.05*math.Sin(at.Seconds()*1.3)*math.Cos(at.Seconds()*0.37))
	})
	for i := len(counts) / 12; i < len(counts); i++ {
		if counts[i] != counts[i-1] {
			t.Fatalf("after %s %d replicas become %d", time.Duration(i)*period, counts[i-1], counts[i])
		}
	}
}

// TestStep: one overshoot at most, and no more than the forecast's bound of half.
func TestStep(t *testing.T) {
	balanced := damping.Balanced()
	counts := play(&balanced, 10, 3*time.Hour, step(10, 40, time.Hour))
	highest, turns := int32(0), 0
	for i := 1; i < len(counts); i++ {
		highest = max(highest, counts[i])
		if counts[i] < counts[i-1] && time.Duration(i)*period > time.Hour {
			turns++
		}
	}
	if highest > 60 {
		t.Errorf("%d replicas for a load of 40", highest)
	}
	if turns > 3 {
		t.Errorf("it came down %d times", turns)
	}
}

// TestALie: a load that seems ten times as great for a minute, or for the two that a rate over a minute makes of it, moves the
// replicas by no more than the surge limit, whatever the replicas were.
func TestALie(t *testing.T) {
	for _, profile := range []damping.Spec{damping.Balanced(), damping.Responsive(), damping.Thrifty(), damping.Steady()} {
		for _, load := range []float64{3, 10, 50} {
			for _, lasts := range []time.Duration{time.Minute, 2 * time.Minute} {
				counts := play(&profile, int32(load), 5*time.Hour, func(at time.Duration) float64 {
					if at >= 2*time.Hour && at < 2*time.Hour+lasts {
						return 10 * load
					}
					return load
				})
				before, highest := counts[2*time.Hour/period-1], int32(0)
				for _, n := range counts {
					highest = max(highest, n)
				}
				if most := int32(math.Ceil(profile.SurgeLimit * load)); highest > max(4, most) {
					t.Errorf("a load of %g that lies for %s takes %d replicas to %d, want at most %d", load, lasts, before, highest, most)
				}
				if last := counts[len(counts)-1]; last > before+before/4+1 {
					t.Errorf("three hours after a lie of %s there are %d replicas, and there were %d", lasts, last, before)
				}
			}
		}
	}
}

// TestALoadInDoubtNeverScalesIn: 30 replicas that nothing requires any more meet a surge from 2 to 25, of which 6 count.
func TestALoadInDoubtNeverScalesIn(t *testing.T) {
	spec := damping.Spec{SurgeLimit: 3, Hold: time.Minute}
	counts := play(&spec, 30, 4*time.Minute, step(2, 25, 75*time.Second))
	for i, n := range counts {
		if at := time.Duration(i) * period; at >= 75*time.Second && n < 25 {
			t.Errorf("%d replicas after %s, and the load is 25", n, at)
		}
	}
	if last := counts[len(counts)-1]; last != 25 {
		t.Errorf("%d replicas in the end, want 25", last)
	}
}
