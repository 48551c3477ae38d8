package queue

import (
	"math"
	"time"
)

// Optimum is the least number of pod-seconds in which a plan with full knowledge can do the work by the deadline, and false
// where none can. A pod costs from its creation to its deletion, works only once it has started, and the number of pods at
// a time is limited.
//
// A plan has a whole number of pods. Each must start, and the work takes the same worker time in every plan, so n pods cost
// at least n starts and the time of the work. Fewer pods than the least that meet the deadline are too few, and more pods
// cost more starts. Late arrivals and idle pods only add to the cost, so no plan costs less. Random values count with their
// mean.
func Optimum(work *Work, window, start time.Duration, most int) (podSeconds float64, feasible bool) {
	each := work.Throughput * (window - start).Seconds()
	pods := math.Ceil(work.All() / each)
	return pods*start.Seconds() + work.All()/work.Throughput, pods <= float64(most)
}
