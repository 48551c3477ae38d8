package damping

import (
	"math"
	"time"
)

// Time constants of the filters: the load changes its level within seconds, its trend within minutes.
const (
	levelTimeConstant = 10 * time.Second
	trendTimeConstant = 4 * time.Minute
	noiseTimeConstant = 10 * time.Minute
)

const (
	// trendSignificance is the number of standard deviations of the noise that the trend must reach within the horizon.
	trendSignificance = 2
	// maxForecastRatio and minForecastRatio limit the forecast, as factors of the level.
	maxForecastRatio, minForecastRatio = 1.5, 0.7
)

const (
	// An outlier counts for at most maxNoiseVariances times the variance, so that one outlier does not hide the next, but for at
	// least minNoiseLimit, in replicas², so that the variance can grow from 0.
	maxNoiseVariances, minNoiseLimit = 9, 0.25
)

// updateForecast updates level, trend and noise by Holt's linear method (Forecasting seasonals and trends by exponentially weighted
// moving averages, 1957). The gains 1 − e^(-elapsed/constant) follow from the elapsed time, so syncs need not be regular.
//
//	level  ← level + trend·elapsed + gain·error     replicas
//	trend  ← trend + gain·(slope − trend)           replicas per second
//	noise  ← noise + gain·(error² − noise)          replicas²
func (s *State) updateForecast(load float64, elapsed time.Duration) {
	if elapsed == 0 {
		return
	}
	seconds := elapsed.Seconds()
	predicted := s.Level + s.Trend*seconds
	off := load - predicted
	level := predicted + (1-decay(elapsed, levelTimeConstant))*off
	s.Trend += (1 - decay(elapsed, trendTimeConstant)) * ((level-s.Level)/seconds - s.Trend)
	s.Level = max(0, level)
	s.Noise += (1 - decay(elapsed, noiseTimeConstant)) * (min(off*off, max(maxNoiseVariances*s.Noise, minNoiseLimit)) - s.Noise)
}

// forecast returns the load at the end of the dead time, at most spec.ForecastHorizon ahead: the level plus the trend, where the
// trend is significant. Without a horizon it returns the load.
func (s *State) forecast(spec *Spec, o *Observation) (load float64, horizon time.Duration) {
	if spec.ForecastHorizon == 0 {
		return o.Load, 0
	}
	horizon = min(spec.ForecastHorizon, o.deadTime())
	rise := s.Trend * horizon.Seconds()
	if math.Abs(rise) < trendSignificance*math.Sqrt(s.Noise) {
		rise = 0
	}
	return max(minForecastRatio*s.Level, min(maxForecastRatio*s.Level, s.Level+rise)), horizon
}
