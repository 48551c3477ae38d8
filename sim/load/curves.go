package load

import (
	"math"
	"time"
)

// Steady is a constant rate.
func Steady(rate float64) Curve { return func(time.Duration) float64 { return rate } }

// Step changes the rate at a time.
func Step(before, after float64, instant time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		if elapsed < instant {
			return before
		}
		return after
	}
}

// Ramp changes the rate linearly, from a time on. take is its length, greater than 0.
func Ramp(from, to float64, instant, duration time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		share := float64(elapsed-instant) / float64(duration)
		return from + (to-from)*max(0, min(1, share))
	}
}

// Sawtooth rises linearly from low to high in each interval. every is greater than 0.
func Sawtooth(low, high float64, every time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		return low + (high-low)*float64(elapsed%every)/float64(every)
	}
}

// Diurnal is a cosine that starts at low and reaches high after half of every, which is greater than 0.
func Diurnal(low, high float64, every time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		phase := float64(elapsed%every) / float64(every)
		return low + (high-low)*(1-math.Cos(2*math.Pi*phase))/2
	}
}

// OnOff alternates between high and low. The sum of on and off is greater than 0.
func OnOff(high, low float64, on, off time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		if elapsed%(on+off) < on {
			return high
		}
		return low
	}
}

// Spikes has a spike of the length last at the start of each interval but the first. every is greater than last.
func Spikes(low, high float64, every, last time.Duration) Curve {
	return func(elapsed time.Duration) float64 {
		if elapsed >= every && elapsed%every < last {
			return high
		}
		return low
	}
}
