package damping

import (
	"math"
	"time"
)

// Eased is the load of a metric that is neither shared by the pods nor a rate, such as a latency. What replicas do to it is
// not known, so only a part of the way is gone: the law e' = e − g·e(d ticks ago) is stable only for g < 2·cos(d·π/(2d+1))
// (Levin and May, A note on difference-delay equations, 1976), and g is half of that.
func GainLimitedLoad(ratio, replicas float64, delay, period time.Duration) float64 {
	d := math.Ceil(delay.Seconds() / max(1, period.Seconds()))
	gain := math.Cos(d * math.Pi / (2*d + 1))
	return replicas * (1 + gain*(ratio-1))
}
