package damping

import "time"

const (
	errorTimeConstant      = 2 * time.Hour
	unforeseenTimeConstant = 3 * time.Hour
	// much is the share of the load that a forecast was too low by where that counts as unforeseen, unless that is less than
	// half a replica.
	unforeseenRatio, unforeseenReplicas = 0.2, 0.5
	// mostForecasts that wait for their time. More are left out: one in a while is enough to judge by.
	maxForecasts = 24
)

// remember keeps the forecast until its time has come.
func (s *State) keepForecast(seen *Observation, w *Recommendation, now time.Time) {
	at := now.Add(seen.deadTime())
	if n := len(s.Forecasts); n >= maxForecasts || n > 0 && at.Sub(s.Forecasts[n-1].Time) < seen.deadTime()/maxForecasts {
		return
	}
	s.Forecasts = append(s.Forecasts, Forecast{Time: at, Load: w.Forecast})
}

// judge holds the forecasts whose time has come against the load. Only what they were too low by counts: it is what there was
// no replica for. The square root of its mean square is a safety stock, as in inventories.
func (s *State) measureForecastError(load float64, elapsed time.Duration, now time.Time) {
	due := 0
	for due < len(s.Forecasts) && !s.Forecasts[due].Time.After(now) {
		due++
	}
	keep := decay(elapsed, errorTimeConstant)
	if due == 0 {
		return
	}
	off := max(0, load-s.Forecasts[due-1].Load)
	s.Forecasts = append(s.Forecasts[:0], s.Forecasts[due:]...)
	s.SquaredShortfall = keep*s.SquaredShortfall + (1-keep)*off*off
	unforeseen := 0.0
	if off > max(unforeseenReplicas, unforeseenRatio*load) {
		unforeseen = 1
	}
	s.UnforeseenShare += (1 - decay(elapsed, unforeseenTimeConstant)) * (unforeseen - s.UnforeseenShare)
}
