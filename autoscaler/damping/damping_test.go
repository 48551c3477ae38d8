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

// play runs damping on a load, sync by sync, with a target that scales at once, and returns the replicas after each sync.
func play(spec *damping.Spec, replicas int32, length time.Duration, load func(elapsed time.Duration) float64) []int32 {
	var state damping.State
	var counts []int32
	for elapsed := time.Duration(0); elapsed < length; elapsed += period {
		var r damping.Recommendation
		o := damping.Observation{Load: load(elapsed), Current: replicas, LoadAge: 45 * time.Second, StartupTime: 30 * time.Second, Tolerance: 0.1, Stabilization: 5 * time.Minute}
		r, state = damping.Recommend(spec, state, &o, noon.Add(elapsed))
		replicas = max(1, r.Replicas)
		counts = append(counts, replicas)
	}
	return counts
}

func steady(load float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return load }
}

func step(from, to float64, when time.Duration) func(time.Duration) float64 {
	return func(elapsed time.Duration) float64 {
		if elapsed < when {
			return from
		}
		return to
	}
}

// TestZeroSpecFollowsLoad: the zero Spec recommends the replicas that the load requires, without delay.
func TestZeroSpecFollowsLoad(t *testing.T) {
	counts := play(&damping.Spec{}, 10, 2*time.Minute, step(10, 14.2, time.Minute))
	for i, want := range []int32{10, 10, 10, 10, 15, 15, 15, 15} {
		if counts[i] != want {
			t.Errorf("sync %d: got %d replicas, want %d", i, counts[i], want)
		}
	}
}

// surges is 5, but 40 in the first minute and again after an hour: 40·e^(-1/24) is 38.4, so that this load counts at once.
func surges(elapsed time.Duration) float64 {
	if elapsed < time.Minute || elapsed >= 61*time.Minute {
		return 40
	}
	return 5
}

// TestEachRule tests each rule alone, with figures calculated by hand.
func TestEachRule(t *testing.T) {
	for name, tc := range map[string]struct {
		spec     damping.Spec
		replicas int32
		load     func(time.Duration) float64
		elapsed  time.Duration
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
		// 3 · 5 within two minutes, and the whole load after them. The confirmed load decays from 40 to 5 + 35·e^(-60/30).
		"an unconfirmed surge":         {damping.Spec{SurgeLimit: 3}, 5, step(5, 40, time.Minute), 2*time.Minute + 45*time.Second, 15},
		"a confirmed surge":            {damping.Spec{SurgeLimit: 3}, 5, step(5, 40, time.Minute), 3 * time.Minute, 40},
		"a surge within the limit":     {damping.Spec{SurgeLimit: 3}, 5, step(5, 14, time.Minute), time.Minute, 14},
		"a surge of a few":             {damping.Spec{SurgeLimit: 3}, 1, step(1, 4, time.Minute), time.Minute, 4},
		"a surge like one an hour ago": {damping.Spec{SurgeLimit: 3}, 5, surges, 61 * time.Minute, 39},
	} {
		t.Run(name, func(t *testing.T) {
			counts := play(&tc.spec, tc.replicas, tc.elapsed+period, tc.load)
			if got := counts[len(counts)-1]; got != tc.want {
				t.Errorf("after %s: got %d replicas, want %d", tc.elapsed, got, tc.want)
			}
		})
	}
}

// TestForecast: a load that grows by 0.1 replicas per second is 7.5 replicas higher in 75 seconds.
func TestForecast(t *testing.T) {
	ramp := func(elapsed time.Duration) float64 { return 10 + 0.1*elapsed.Seconds() }
	without := play(&damping.Spec{}, 10, 10*time.Minute, ramp)
	with := play(&damping.Spec{ForecastHorizon: 5 * time.Minute}, 10, 10*time.Minute, ramp)
	last := len(with) - 1
	if ahead := with[last] - without[last]; ahead < 7 || ahead > 8 {
		t.Errorf("got %d replicas where %d are required now, want 7 or 8 more", with[last], without[last])
	}
}

// TestPeakReserve: a load that jumps from 4 to 20 and back, and is 20 for a fifth of the time, has a reserve for a peak share of 0.95
// and none for a share of 0.5.
func TestPeakReserve(t *testing.T) {
	jumps := func(elapsed time.Duration) float64 {
		if (elapsed/(5*time.Minute))%5 == 3 {
			return 20
		}
		return 4
	}
	for share, want := range map[float64][2]int32{0.95: {10, 24}, 0.5: {4, 7}} {
		counts := play(&damping.Spec{PeakShare: share}, 4, 48*time.Hour+24*time.Minute, jumps)
		if got := counts[len(counts)-1]; got < want[0] || got > want[1] {
			t.Errorf("peak share %g: got %d replicas between the peaks, want %d to %d", share, got, want[0], want[1])
		}
	}
}

// TestForeseenPeaksHaveNoReserve: a load that forecasts predict has no reserve, however high its peaks are.
func TestForeseenPeaksHaveNoReserve(t *testing.T) {
	tide := func(elapsed time.Duration) float64 { return 20 - 15*math.Cos(2*math.Pi*elapsed.Hours()/12) }
	without := damping.Spec{ForecastHorizon: 5 * time.Minute}
	with := without
	with.PeakShare = 0.95
	if diff := cmp.Diff(play(&without, 5, 48*time.Hour, tide), play(&with, 5, 48*time.Hour, tide)); diff != "" {
		t.Error(diff)
	}
}

// TestCostBound: for any load, the pod-seconds stay near those of the plain HPA.
func TestCostBound(t *testing.T) {
	bound := damping.Spec{Hold: time.Hour, CostBound: 0.1, CostWindow: 6 * time.Hour}
	jumps := func(elapsed time.Duration) float64 {
		return 10 + 10*math.Abs(math.Sin(elapsed.Seconds()*0.7))*float64(elapsed/(20*time.Minute)%2)
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
		t.Errorf("got %.0f pod-syncs with the bound, and %.0f without", held, open)
	}
}

// TestHunting: reversals of the replicas that follow the load are no hunting; others are.
func TestHunting(t *testing.T) {
	swing := func(elapsed time.Duration) float64 {
		if elapsed/(4*time.Minute)%2 == 0 {
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
		"the loop, on a slow slope":   {func(elapsed time.Duration) float64 { return 15 + elapsed.Hours() }, true},
		"the loop, on a little noise": {func(elapsed time.Duration) float64 { return 15 + 0.5*math.Sin(elapsed.Seconds()) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			var state damping.State
			var r damping.Recommendation
			for elapsed := time.Duration(0); elapsed < 2*time.Hour; elapsed += period {
				// The replicas reverse whatever is recommended, as they do with a late metric.
				o := damping.Observation{Load: tc.load(elapsed), Current: int32(swing(elapsed - time.Minute))}
				r, state = damping.Recommend(&spec, state, &o, noon.Add(elapsed))
			}
			if r.GuardSteps == 0 || r.Hunting != tc.hunts {
				t.Errorf("got %d guard steps, and hunting %t, want %t", r.GuardSteps, r.Hunting, tc.hunts)
			}
		})
	}
}

// TestNoisyLoadIsSteady: a constant load with noise causes no change after the first two hours.
func TestNoisyLoadIsSteady(t *testing.T) {
	balanced := damping.Balanced()
	counts := play(&balanced, 20, 12*time.Hour, func(elapsed time.Duration) float64 {
		return 20 * (1 + 0.05*math.Sin(elapsed.Seconds()*1.3)*math.Cos(elapsed.Seconds()*0.37))
	})
	for i := len(counts) / 12; i < len(counts); i++ {
		if counts[i] != counts[i-1] {
			t.Fatalf("after %s: got %d → %d replicas, want no change", time.Duration(i)*period, counts[i-1], counts[i])
		}
	}
}

// TestStepResponse: a step of the load has one overshoot at most, of the forecast's limit of half.
func TestStepResponse(t *testing.T) {
	balanced := damping.Balanced()
	counts := play(&balanced, 10, 3*time.Hour, step(10, 40, time.Hour))
	highest, reversals := int32(0), 0
	for i := 1; i < len(counts); i++ {
		highest = max(highest, counts[i])
		if counts[i] < counts[i-1] && time.Duration(i)*period > time.Hour {
			reversals++
		}
	}
	if highest > 60 {
		t.Errorf("got %d replicas for a load of 40, want at most 60", highest)
	}
	if reversals > 3 {
		t.Errorf("got %d scale-ins, want at most 3", reversals)
	}
}

// TestWrongSurge: a load that is wrong by a factor of ten for a minute, or for the two that a rate over a minute makes of it, scales
// out by the surge limit at most, from any count.
func TestWrongSurge(t *testing.T) {
	for _, profile := range []damping.Spec{damping.Balanced(), damping.Responsive(), damping.Thrifty(), damping.Steady()} {
		for _, load := range []float64{3, 10, 50} {
			for _, length := range []time.Duration{time.Minute, 2 * time.Minute} {
				counts := play(&profile, int32(load), 5*time.Hour, func(elapsed time.Duration) float64 {
					if elapsed >= 2*time.Hour && elapsed < 2*time.Hour+length {
						return 10 * load
					}
					return load
				})
				before, highest := counts[2*time.Hour/period-1], int32(0)
				for _, n := range counts {
					highest = max(highest, n)
				}
				if most := int32(math.Ceil(profile.SurgeLimit * load)); highest > max(4, most) {
					t.Errorf("load %g, wrong for %s: got %d → %d replicas, want at most %d", load, length, before, highest, most)
				}
				if last := counts[len(counts)-1]; last > before+before/4+1 {
					t.Errorf("three hours after a wrong load of %s: got %d replicas, and %d before it", length, last, before)
				}
			}
		}
	}
}

// TestUnconfirmedSurgeNeverScalesIn: 30 replicas without a load have a surge from 2 to 25, of which 6 count.
func TestUnconfirmedSurgeNeverScalesIn(t *testing.T) {
	spec := damping.Spec{SurgeLimit: 3, Hold: time.Minute}
	counts := play(&spec, 30, 4*time.Minute, step(2, 25, 75*time.Second))
	for i, n := range counts {
		if elapsed := time.Duration(i) * period; elapsed >= 75*time.Second && n < 25 {
			t.Errorf("got %d replicas after %s, want at least the load of 25", n, elapsed)
		}
	}
	if last := counts[len(counts)-1]; last != 25 {
		t.Errorf("got %d replicas at the end, want 25", last)
	}
}
