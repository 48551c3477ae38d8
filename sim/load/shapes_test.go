package load

import (
	"math"
	"testing"
	"time"
)

// TestShapes: each has its own name, is known for all of its length, and is as high as it says.
func TestShapes(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Shapes() {
		if names[s.Name] {
			t.Errorf("two shapes are called %s", s.Name)
		}
		names[s.Name] = true
		l, again := s.New(1), s.New(1)
		for instant := time.Duration(0); instant < s.Length; instant += time.Minute {
			rate, known := l.At(instant)
			if same, _ := again.At(instant); !known || rate < 0 || rate > 2.2 || rate != same {
				t.Fatalf("%s: at %s the rate is %g, known %t, and %g once more", s.Name, instant, rate, known, same)
			}
		}
		if high := Quantile(l, s.Length, time.Minute, 0.999); high < 0.75 || high > 1.5 {
			t.Errorf("%s: the 99.9th percentile is %g", s.Name, high)
		}
	}
	for _, name := range []string{"step", "ramp", "sawtooth", "diurnal", "spikes", "onoff", "noise"} {
		if !names[name] {
			t.Errorf("there is no shape %s", name)
		}
	}
}

// TestQuantile: of ten minutes at 1 and 90 at 0, nine tenths are at 0.
func TestQuantile(t *testing.T) {
	l := Step(0, 1, 90*time.Minute)
	for share, want := range map[float64]float64{0.5: 0, 0.9: 0, 0.91: 1, 0.999: 1} {
		if got := Quantile(l, 100*time.Minute, time.Minute, share); got != want {
			t.Errorf("the quantile %g is %g, want %g", share, got, want)
		}
	}
	gap := NewTrace([]Point{{At: time.Unix(0, 0), Value: math.Pi}, {At: time.Unix(60, 0), Value: math.Pi}}).Load(Play{})
	if got := Quantile(Sum(gap, Steady(0)), time.Hour, time.Minute, 0.999); got != math.Pi {
		t.Errorf("with a gap it is %g", got)
	}
	if got := Quantile(gap, 0, time.Minute, 0.5); got != 0 {
		t.Errorf("of nothing it is %g", got)
	}
}
