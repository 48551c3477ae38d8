package damping

import "time"

const (
	// errorTimeConstant and unforeseenTimeConstant are the time constants of the two means.
	errorTimeConstant      = 2 * time.Hour
	unforeseenTimeConstant = 3 * time.Hour
	// A load is unforeseen where it exceeds its forecast by unforeseenRatio of the load, and by unforeseenReplicas.
	unforeseenRatio, unforeseenReplicas = 0.2, 0.5
	// maxForecasts is the number of forecasts that the state keeps until their time.
	maxForecasts = 24
)

// keepForecast keeps the forecast until its time, unless the state has enough of them for that time.
func (s *State) keepForecast(o *Observation, r *Recommendation, now time.Time) {
	due := now.Add(o.deadTime())
	if n := len(s.Forecasts); n >= maxForecasts || n > 0 && due.Sub(s.Forecasts[n-1].Time) < o.deadTime()/maxForecasts {
		return
	}
	s.Forecasts = append(s.Forecasts, Forecast{Time: due, Load: r.Forecast})
}

// measureForecastError compares the load with the forecasts for now. Only a forecast that was too low counts, because the target had
// no replicas for the difference:
//
//	shortfall² ← mean of max(0, load − forecast)²     replicas²
//	unforeseen ← share of the time with an unforeseen load
//
// The square root of the first, times the safety factor, is the safety stock, as in inventory control.
func (s *State) measureForecastError(load float64, elapsed time.Duration, now time.Time) {
	due := 0
	for due < len(s.Forecasts) && !s.Forecasts[due].Time.After(now) {
		due++
	}
	if due == 0 {
		return
	}
	shortfall := max(0, load-s.Forecasts[due-1].Load)
	s.Forecasts = append(s.Forecasts[:0], s.Forecasts[due:]...)
	keep := decay(elapsed, errorTimeConstant)
	s.SquaredShortfall = keep*s.SquaredShortfall + (1-keep)*shortfall*shortfall
	unforeseen := 0.0
	if shortfall > max(unforeseenReplicas, unforeseenRatio*load) {
		unforeseen = 1
	}
	s.UnforeseenShare += (1 - decay(elapsed, unforeseenTimeConstant)) * (unforeseen - s.UnforeseenShare)
}
