package load

import "time"

// Load is an offered load.
type Load interface {
	// At returns the rate, in units of work per second, at a time since the start of the run. It is finite and not negative.
	// known is false in a gap, and before and after a trace; the rate is the last known one then.
	At(elapsed time.Duration) (rate float64, known bool)
}

// Curve is a Load with a formula, which is known at any time.
type Curve func(elapsed time.Duration) float64

// At implements [Load].
func (c Curve) At(elapsed time.Duration) (rate float64, known bool) { return max(0, c(elapsed)), true }

// Scaled multiplies a load by a factor, which is not negative.
func Scaled(of Load, factor float64) Load { return scaled{of, factor} }

type scaled struct {
	of     Load
	factor float64
}

func (s scaled) At(elapsed time.Duration) (rate float64, known bool) {
	rate, known = s.of.At(elapsed)
	return rate * s.factor, known
}

// Sum adds loads. It is known when all of them are.
func Sum(of ...Load) Load { return sum(of) }

type sum []Load

func (s sum) At(elapsed time.Duration) (rate float64, known bool) {
	known = true
	for _, one := range s {
		r, k := one.At(elapsed)
		rate += r
		known = known && k
	}
	return rate, known
}
