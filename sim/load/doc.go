// Package load is the work that is offered to a simulated target: curves with a formula, and recorded traces. It knows no
// pods and no clock; the time is what has passed since the run began.
//
// Unknown is not zero here either: a trace's gap is a time of which nothing is known. What a trace said last goes on being
// offered in it, so that a run has something to go by, and whoever keeps scores leaves it out.
package load
