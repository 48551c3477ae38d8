package batch

import (
	"math"
	"slices"
)

// LowerBound is a lower bound of the cost of a night on time, in pod-seconds: the work, and the start of the fewest replicas
// that can do it. It assumes that all items are known in advance, and may not be reachable.
func LowerBound(c *Config) (podSeconds float64, replicas int) {
	work, most := 0.0, 0.0
	for _, item := range slices.Backward(c.Items) {
		work += item.Takes
		// This and all later items must be processed between its arrival, or the first ready replica, and the deadline.
		begins := max(item.At, c.Opens+c.StartUp)
		if left := c.Closes - begins; left > 0 {
			most = max(most, work/left)
		}
	}
	replicas = int(math.Ceil(most))
	return work + float64(replicas)*c.StartUp, replicas
}
