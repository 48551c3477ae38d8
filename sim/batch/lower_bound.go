package batch

import (
	"math"
	"slices"
)

// Least is what even the cheapest schedule costs that is on time, in seconds of pods: the work, and the start of as few
// replicas as can do it. Nobody who does not know all comes near, and it may be less than anyone can do.
func LowerBound(c *Config) (podSeconds float64, replicas int) {
	work, most := 0.0, 0.0
	for _, item := range slices.Backward(c.Items) {
		work += item.Takes
		// What comes from here on has to be done between its coming, or the first replica's, and the deadline.
		begins := max(item.At, c.Opens+c.StartUp)
		if left := c.Closes - begins; left > 0 {
			most = max(most, work/left)
		}
	}
	replicas = int(math.Ceil(most))
	return work + float64(replicas)*c.StartUp, replicas
}
