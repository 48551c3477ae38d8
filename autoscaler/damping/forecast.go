package damping

import (
	"math"
	"time"
)

const (
	levelTimeConstant = 10 * time.Second
	trendTimeConstant = 4 * time.Minute
	noiseTimeConstant = 10 * time.Minute
)

// filter follows the load by Holt's method of level and trend (Forecasting seasonals and trends by exponentially weighted
// moving averages, 1957), with the gains of the time that has passed, so that ticks need not be even.
func (s *State) updateForecast(load float64, elapsed time.Duration) {
	if elapsed == 0 {
		return
	}
	dt := elapsed.Seconds()
	foreseen := s.Level + s.Trend*dt
	off := load - foreseen
	level := foreseen + (1-decay(elapsed, levelTimeConstant))*off
	s.Trend += (1 - decay(elapsed, trendTimeConstant)) * ((level-s.Level)/dt - s.Trend)
	s.Level = max(0, level)
	// An outlier counts three standard deviations at most, so that one does not hide the next.
	s.Noise += (1 - decay(elapsed, noiseTimeConstant)) * (min(off*off, max(9*s.Noise, 0.25)) - s.Noise)
}

const (
	// significant is how many standard deviations the trend must make over the dead time to be followed.
	trendSignificance = 2
	// most and least bound the forecast, as shares of the level.
	maxForecastRatio, minForecastRatio = 1.5, 0.7
)

// forecast is the load at the end of the dead time: the level, and where the trend stands out of the noise, what it comes to.
func (s *State) forecast(spec *Spec, seen *Observation) (load float64, lead time.Duration) {
	if spec.ForecastHorizon == 0 {
		return seen.Load, 0
	}
	lead = min(spec.ForecastHorizon, seen.deadTime())
	rise := s.Trend * lead.Seconds()
	if math.Abs(rise) < trendSignificance*math.Sqrt(s.Noise) {
		rise = 0
	}
	return max(minForecastRatio*s.Level, min(maxForecastRatio*s.Level, s.Level+rise)), lead
}
