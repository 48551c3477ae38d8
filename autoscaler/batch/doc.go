// Package batch plans how many replicas work a backlog off by a deadline. It is pure: what is known is in a [Observation], what
// is remembered is a [State], the time is an argument, and all it gives back is a [Plan] and the next State. It knows no
// metric, window or target.
//
//	backlog, arrivals, ready replicas ─► throughput    ─► required replicas ─► hysteresis    ─► Plan
//	                     observe.go      throughput.go    required.go           hysteresis.go
//
// A plan is flat: it spreads the work over the time that is left, less a margin and the time of the longest item, because
// a fleet that starts small and stays so is the cheapest, and the quietest, that is on time. It is kept for as long as it
// will do, and made anew once it will not, or once far fewer replicas have been enough for a while. Where replicas stay until
// nothing is left, it waits for what may not come. docs/windows.md has the formulas.
//
// A backlog that is unknown never takes replicas away. What is left once the deadline has passed is worked off as fast as
// the bounds allow.
package batch
