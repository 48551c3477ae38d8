package history

import (
	"math"
	"time"
)

// Series are recorded values at equal distances. NaN is unknown. The zero Series has no value.
type Series struct {
	Start  time.Time
	Step   time.Duration
	Values []float64
}

// NewSeries returns a series of n unknown values.
func NewSeries(start time.Time, step time.Duration, n int) Series {
	s := Series{Start: start, Step: step, Values: make([]float64, n)}
	for i := range s.Values {
		s.Values[i] = math.NaN()
	}
	return s
}

// At returns the value in force at a time: the last one at or before it, at most one step old.
func (s *Series) At(instant time.Time) (value float64, known bool) {
	if since := instant.Sub(s.Start); since >= 0 && len(s.Values) > 0 {
		if i := int64(since / s.Step); i < int64(len(s.Values)) {
			return s.Values[i], !math.IsNaN(s.Values[i])
		}
	}
	return math.NaN(), false
}

// Time is the time of a value.
func (s *Series) Time(i int) time.Time { return s.Start.Add(time.Duration(i) * s.Step) }

// Known is the number of known values.
func (s *Series) Known() (n int) {
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

// value returns a value by index; NaN outside the series.
func (s *Series) value(i int) float64 {
	if i < 0 || i >= len(s.Values) {
		return math.NaN()
	}
	return s.Values[i]
}

// Combine applies f to the values of two series with the same times. The result is unknown where one of them is.
func Combine(a, b Series, f func(a, b float64) float64) Series {
	result := NewSeries(a.Start, a.Step, len(a.Values))
	for i := range a.Values {
		if x := f(a.Values[i], b.value(i)); !math.IsInf(x, 0) {
			result.Values[i] = x
		}
	}
	return result
}
