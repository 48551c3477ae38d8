package load

import "time"

// Load is the work that is offered.
type Load interface {
	// At gives the rate, in units of work a second, at a time since the run began. It is finite and not negative. known is
	// false in a gap, and before and after a trace; the rate is then the one that was known last.
	At(elapsed time.Duration) (rate float64, known bool)
}

// Curve is a Load with a formula. It is known at any time.
type Curve func(elapsed time.Duration) float64

// At is part of [Load].
func (c Curve) At(elapsed time.Duration) (rate float64, known bool) { return max(0, c(elapsed)), true }

// Scaled is another load times a factor, which is not negative.
func Scaled(of Load, factor float64) Load { return scaled{of, factor} }

type scaled struct {
	of     Load
	factor float64
}

func (s scaled) At(elapsed time.Duration) (rate float64, known bool) {
	rate, known = s.of.At(elapsed)
	return rate * s.factor, known
}

// Sum is all of the loads together. It is known where all of them are.
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
