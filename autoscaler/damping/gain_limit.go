package damping

import (
	"math"
	"time"
)

// GainLimitedLoad returns the load of a Value target, such as a latency, that neither the pods share nor grows in proportion to the
// load. The effect of replicas on it is unknown, so only a part of the correction is applied per sync:
//
//	load = replicas · (1 + gain·(ratio − 1)),  gain = cos(d·π/(2d+1))
//
// where d is the delay in sync periods. The difference equation e' = e − g·e(d syncs ago) is stable for g < 2·cos(d·π/(2d+1)) (Levin
// and May, A note on difference-delay equations, 1976); the gain is half of that.
func GainLimitedLoad(ratio, replicas float64, delay, period time.Duration) float64 {
	d := math.Ceil(delay.Seconds() / max(1, period.Seconds()))
	gain := math.Cos(d * math.Pi / (2*d + 1))
	return replicas * (1 + gain*(ratio-1))
}
