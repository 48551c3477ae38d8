package damping

import (
	"math"
	"time"
)

const (
	levelTime = 10 * time.Second
	trendTime = 4 * time.Minute
	noiseTime = 10 * time.Minute
)

// filter follows the load by Holt's method of level and trend (Forecasting seasonals and trends by exponentially weighted
// moving averages, 1957), with the gains of the time that has passed, so that ticks need not be even.
func (s *State) filter(load float64, elapsed time.Duration) {
	if elapsed == 0 {
		return
	}
	dt := elapsed.Seconds()
	foreseen := s.Level + s.Trend*dt
	off := load - foreseen
	level := foreseen + (1-fade(elapsed, levelTime))*off
	s.Trend += (1 - fade(elapsed, trendTime)) * ((level-s.Level)/dt - s.Trend)
	s.Level = max(0, level)
	// An outlier counts three standard deviations at most, so that one does not hide the next.
	s.Noise += (1 - fade(elapsed, noiseTime)) * (min(off*off, max(9*s.Noise, 0.25)) - s.Noise)
}

const (
	// significant is how many standard deviations the trend must make over the dead time to be followed.
	significant = 2
	// most and least bound the forecast, as shares of the level.
	most, least = 1.5, 0.7
)

// forecast is the load at the end of the dead time: the level, and where the trend stands out of the noise, what it comes to.
func (s *State) forecast(spec *Spec, seen *Seen) (load float64, lead time.Duration) {
	if spec.MostLead == 0 {
		return seen.Load, 0
	}
	lead = min(spec.MostLead, seen.deadTime())
	rise := s.Trend * lead.Seconds()
	if math.Abs(rise) < significant*math.Sqrt(s.Noise) {
		rise = 0
	}
	return max(least*s.Level, min(most*s.Level, s.Level+rise)), lead
}
