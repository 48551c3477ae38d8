package page

import (
	"fmt"
	"hash/fnv"

	"flyball.dev/flyball/autoscaler/summary"
)

// mix hashes what a list shows of an entry, but its figures, which change in each decision.
func mix(e *summary.Entry) uint64 {
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%s/%s %d %d %d %d", e.Autoscaler.Namespace, e.Autoscaler.Name, e.Autoscaler.Generation, e.Troubles, e.Current, e.Desired)
	return hash.Sum64()
}
