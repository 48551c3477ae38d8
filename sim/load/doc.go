// Package load provides the load of a simulated target: curves with a formula, and recorded traces. Times are durations since
// the start of the run.
//
// A gap in a trace is an unknown load, not zero. In a gap the last rate is offered, and scores exclude the gap.
package load
