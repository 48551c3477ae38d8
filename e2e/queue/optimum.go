package queue

import (
	"math"
	"time"
)

// Optimum is the least of pod-seconds that the work can be done with by the deadline, by somebody who knows it all
// beforehand, and false where it cannot be done. A pod costs from its creation until it is gone, works only once it has
// started, and there are at most so many at a time.
//
// Every plan has a whole number of pods. Each must start, and all that is worked off takes its time, whoever does it, so
// that n pods cost at least n starts and the time for the work; it is done in time if they do as much until the deadline.
// Nobody does with fewer pods than that, and more cost more starts. Where work arrives late, or a pod idles, a plan
// costs more than this, so the bound is one that no plan beats. What is left to chance counts with its mean.
func Optimum(work *Work, window, start time.Duration, most int) (podSeconds float64, feasible bool) {
	each := work.Throughput * (window - start).Seconds()
	pods := math.Ceil(work.All() / each)
	return pods*start.Seconds() + work.All()/work.Throughput, pods <= float64(most)
}
