package history

import "math"

// Load reconstructs the load of a metric from its recorded values, in the unit of its target, summed over all pods: a rate is the load
// itself, and a mean is multiplied by the pods that it was averaged over. averaged is the number of pods in each mean, where the source
// recorded it; ready are the ready pods, which replace it where it is unknown. A mean over no pods is unknown.
func Load(kind Kind, values, averaged, ready Series) Series {
	result := NewSeries(values.Start, values.Step, len(values.Values))
	for i, value := range values.Values {
		if kind == Mean {
			value *= pods(averaged.value(i), ready.value(i))
		}
		if value >= 0 && !math.IsInf(value, 0) {
			result.Values[i] = value
		}
	}
	return result
}

// pods that a mean was averaged over; NaN for unknown.
func pods(averaged, ready float64) float64 {
	if math.IsNaN(averaged) {
		averaged = ready
	}
	if averaged < 1 {
		return math.NaN()
	}
	return averaged
}
