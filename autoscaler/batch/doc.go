// Package batch plans how many replicas finish a backlog by a deadline. It is pure: its inputs are an [Observation], the former
// [State] and the time, and its results are a [Plan] and the next State. It has no metrics, windows or targets.
//
//	backlog, arrivals, ready replicas ─► throughput    ─► required replicas ─► hysteresis    ─► Plan
//	                     observe.go      throughput.go    required.go           hysteresis.go
//
// A plan is flat: it spreads the work over the remaining time, less a margin and the time of the longest item, because the fewest
// replicas that finish in time, kept throughout, cost the least and change the least. The plan holds while it suffices. The
// planner replaces it when it does not, or when far fewer replicas have sufficed for a while. Where replicas stay until no work is
// left, it delays replicas for work that may not arrive. docs/batch-windows.md has the formulas.
//
// An unknown backlog never scales in. Work that is left after the deadline is finished as fast as the bounds allow.
package batch
