package plant

import (
	"math"
	"testing"
	"time"
)

// erlang is the exact mean waiting time of an M/M/c queue, by the recursion for Erlang B and from it Erlang C.
func erlang(c int, rate, rho float64) float64 {
	offered := rho * float64(c)
	b := 1.0
	for i := 1; i <= c; i++ {
		b = offered * b / (float64(i) + offered*b)
	}
	wait := b / (1 - rho*(1-b))
	return wait / (float64(c) * rate * (1 - rho))
}

// TestMeanWait: the formula is exact for one pod. For more, its error is at most a third, if the waiting time is at least a twentieth
// of the service time.
func TestMeanWait(t *testing.T) {
	for _, rho := range []float64{0.05, 0.3, 0.7, 0.95} {
		if got, want := meanWait(1, 10, rho), rho/(1-rho)/10; math.Abs(got-want) > 1e-12 {
			t.Errorf("one pod at %g: %g, want %g", rho, got, want)
		}
		for _, c := range []int{2, 5, 20, 100} {
			exact := erlang(c, 10, rho)
			if got := meanWait(float64(c), 10, rho); exact > 0.005 && math.Abs(got/exact-1) > 0.33 {
				t.Errorf("%d pods at %g: %g, and Erlang has %g", c, rho, got, exact)
			}
		}
	}
	if a, b := meanWait(3, 10, 1.5), meanWait(3, 10, saturated); a != b {
		t.Errorf("beyond saturation the waiting times are %g and %g", a, b)
	}
}

// TestDemand: the demand equals the lowest number found by a linear search, and is never a saturated one.
func TestDemand(t *testing.T) {
	for _, bound := range []time.Duration{0, 50 * time.Millisecond, 500 * time.Millisecond, time.Minute} {
		l := newLimits(10, bound)
		for _, rate := range []float64{0, 0.1, 5, 9.9, 10, 10.1, 95, 1000, 12, 0, 40_000} { // up and down
			least := 0
			for !carries(float64(least), rate, bound.Seconds()) {
				least++
			}
			if got := l.demand(rate); int(got) != least {
				t.Errorf("bound %s, rate %g: demand %d, want %d", bound, rate, got, least)
			}
		}
		if got := l.demand(1e9); got != MostDemand {
			t.Errorf("the demand is %d", got)
		}
	}
}

func carries(n, rate, bound float64) bool {
	if rate == 0 || bound == 0 {
		return n*10 >= rate
	}
	return n > 0 && rate/(10*n) < saturated && percentile95*meanWait(n, 10, rate/(10*n)) <= bound
}
