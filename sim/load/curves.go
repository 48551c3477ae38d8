package load

import (
	"math"
	"time"
)

// Steady is the same at all times.
func Steady(rate float64) Curve { return func(time.Duration) float64 { return rate } }

// Step is one rate before a time, and another from then on.
func Step(before, after float64, at time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		if elapsed < at {
			return before
		}
		return after
	}
}

// Ramp goes from one rate to another in a straight line, that begins at a time and takes some. take is greater than 0.
func Ramp(from, to float64, at, take time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		share := float64(elapsed-at) / float64(take)
		return from + (to-from)*max(0, min(1, share))
	}
}

// Sawtooth climbs from low to high in a straight line and falls back at once, again and again. every is greater than 0.
func Sawtooth(low, high float64, every time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		return low + (high-low)*float64(elapsed%every)/float64(every)
	}
}

// Diurnal swings like a cosine. It begins at low, and is high after half of the time that it takes. every is greater than 0.
func Diurnal(low, high float64, every time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		turn := float64(elapsed%every) / float64(every)
		return low + (high-low)*(1-math.Cos(2*math.Pi*turn))/2
	}
}

// OnOff is high for a time, then low for a time, again and again. Together they are greater than 0.
func OnOff(high, low float64, on, off time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		if elapsed%(on+off) < on {
			return high
		}
		return low
	}
}

// Spikes are short times of a high rate over a low one. The first begins once every has passed, which is greater than last.
func Spikes(low, high float64, every, last time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		if elapsed >= every && elapsed%every < last {
			return high
		}
		return low
	}
}
