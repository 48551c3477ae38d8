package load_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/sim/load"
)

// TestCurves compares each curve with values that follow directly from its parameters.
func TestCurves(t *testing.T) {
	for name, tc := range map[string]struct {
		curve load.Load
		want  map[time.Duration]float64
	}{
		"steady":   {load.Steady(7), map[time.Duration]float64{0: 7, time.Hour: 7}},
		"negative": {load.Steady(-7), map[time.Duration]float64{0: 0}},
		"step": {load.Step(10, 40, time.Minute), map[time.Duration]float64{
			0: 10, time.Minute - 1: 10, time.Minute: 40, time.Hour: 40,
		}},
		"ramp up": {load.Ramp(10, 30, time.Minute, 2*time.Minute), map[time.Duration]float64{
			0: 10, time.Minute: 10, 2 * time.Minute: 20, 3 * time.Minute: 30, time.Hour: 30,
		}},
		"ramp down": {load.Ramp(30, 10, 0, time.Minute), map[time.Duration]float64{0: 30, 15 * time.Second: 25, time.Hour: 10}},
		"sawtooth": {load.Sawtooth(10, 20, time.Minute), map[time.Duration]float64{
			0: 10, 30 * time.Second: 15, time.Minute: 10, 90 * time.Second: 15,
		}},
		"diurnal": {load.Diurnal(10, 50, 24*time.Hour), map[time.Duration]float64{
			0: 10, 6 * time.Hour: 30, 12 * time.Hour: 50, 18 * time.Hour: 30, 24 * time.Hour: 10,
		}},
		"on and off": {load.OnOff(9, 1, time.Minute, 2*time.Minute), map[time.Duration]float64{
			0: 9, time.Minute: 1, 3*time.Minute - 1: 1, 3 * time.Minute: 9,
		}},
		"spikes": {load.Spikes(10, 90, time.Hour, time.Minute), map[time.Duration]float64{
			0: 10, time.Hour - 1: 10, time.Hour: 90, time.Hour + time.Minute: 10, 2 * time.Hour: 90,
		}},
		"scaled": {load.Scaled(load.Steady(7), 3), map[time.Duration]float64{0: 21}},
		"sum":    {load.Sum(load.Steady(7), load.Step(0, 3, time.Minute)), map[time.Duration]float64{0: 7, time.Minute: 10}},
	} {
		t.Run(name, func(t *testing.T) {
			for at, want := range tc.want {
				if got, known := tc.curve.At(at); math.Abs(got-want) > 1e-9 || !known {
					t.Errorf("at %s: %g, known %t, want %g", at, got, known, want)
				}
			}
		})
	}
}

// TestNoise: both kinds have the mean and the spread that they should; the same seed draws the same, in any order, and
// another seed draws something else.
func TestNoise(t *testing.T) {
	const n = 20_000
	minute := time.Minute
	for name, tc := range map[string]struct {
		of     func(seed uint64) load.Load
		mean   float64
		spread float64 // standard deviation
	}{
		"normal":              {func(seed uint64) load.Load { return load.Noise(load.Steady(100), 0.1, minute, seed) }, 100, 10},
		"Poisson, few":        {func(seed uint64) load.Load { return load.Poisson(load.Steady(0.1), minute, seed) }, 0.1, math.Sqrt(6) / 60},
		"Poisson, many":       {func(seed uint64) load.Load { return load.Poisson(load.Steady(100), minute, seed) }, 100, math.Sqrt(6000) / 60},
		"Poisson, none":       {func(seed uint64) load.Load { return load.Poisson(load.Steady(0), minute, seed) }, 0, 0},
		"noise with no sigma": {func(seed uint64) load.Load { return load.Noise(load.Steady(3), 0, minute, seed) }, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			one, again, other := tc.of(1), tc.of(1), tc.of(2)
			var sum, squares float64
			same := true
			for i := range n {
				instant := time.Duration(i) * minute
				x, _ := one.At(instant)
				sum, squares = sum+x, squares+x*x
				if y, _ := other.At(instant); x != y {
					same = false
				}
				if y, _ := one.At(instant + minute - 1); x != y {
					t.Fatalf("within one interval it is %g and %g", x, y)
				}
			}
			for i := n - 1; i >= 0; i -= 97 { // backwards, and not all
				instant := time.Duration(i) * minute
				x, _ := one.At(instant)
				if y, _ := again.At(instant); x != y {
					t.Fatalf("at %s the same seed draws %g and %g", instant, x, y)
				}
			}
			if tc.spread > 0 && same {
				t.Error("another seed draws the same")
			}
			mean := sum / n
			spread := math.Sqrt(max(0, squares/n-mean*mean))
			if math.Abs(mean-tc.mean) > 4*tc.spread/math.Sqrt(n)+1e-9 {
				t.Errorf("the mean is %g, want %g", mean, tc.mean)
			}
			if math.Abs(spread-tc.spread) > 0.03*tc.spread+1e-6 {
				t.Errorf("the spread is %g, want %g", spread, tc.spread)
			}
		})
	}
}

// TestNoiseMakesNoGarbage: a run asks for the load millions of times.
func TestNoiseMakesNoGarbage(t *testing.T) {
	instant := time.Duration(0)
	for name, of := range map[string]load.Load{
		"noise":   load.Noise(load.Diurnal(1, 2, time.Hour), 0.1, time.Second, 1),
		"Poisson": load.Poisson(load.Steady(5), time.Second, 1),
		"trace":   load.NewTrace([]load.Point{{At: start, Value: 1}, {At: start.Add(time.Hour), Value: 2}}).Load(load.Play{Interpolate: true}),
	} {
		if allocs := testing.AllocsPerRun(100, func() { instant += time.Second; of.At(instant) }); allocs != 0 {
			t.Errorf("%s: %g allocations each time", name, allocs)
		}
	}
}

func ExampleRamp() {
	of := load.Ramp(10, 20, 0, time.Minute)
	rate, _ := of.At(30 * time.Second)
	fmt.Println(rate, "a second")
	// Output: 15 a second
}
