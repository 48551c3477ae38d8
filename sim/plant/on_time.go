package plant

// OnTime returns the minimum number of ready pods with which the work of a step can be on time, where none waited before. It is at most
// the demand, below which a step at the saturation of many pods can still be on time. from is where the search begins, such as the result
// for the step before. A plant without a bound needs no pod.
func (c *Config) OnTime(rate float64, from int) (ready int) {
	if c.Bound == 0 || rate <= 0 {
		return 0
	}
	ready = max(1, min(MostDemand, from))
	for ready < MostDemand && !c.canBeOnTime(rate, float64(ready)) {
		ready++
	}
	for ready > 1 && c.canBeOnTime(rate, float64(ready-1)) {
		ready--
	}
	return ready
}

// canBeOnTime reports whether work at a rate waits within the bound of these ready pods, in a step before which none waited.
func (c *Config) canBeOnTime(rate, ready float64) bool {
	capacity := ready * c.Pod.Rate
	mean := max(0, rate-capacity) * c.Step.Seconds() / 2 / capacity
	return percentile95*(mean+meanWait(ready, c.Pod.Rate, rate/capacity)) <= c.Bound.Seconds()
}
