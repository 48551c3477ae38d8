// Package invariant checks the decisions of package engine for tests: after any decision, the replica count is not below what
// the hold or the stabilization, the rate policies and the bounds allow, and not above what the rate policies and the bounds
// allow, whatever path the decision took. It is a simple second implementation of these rules: it keeps its own record of
// recommendations, requirements and changes, and calls no function of the engine that decides. It never runs in production.
//
//	invariant.go   the Checker, its record, and the list of checks
//	bounds.go      bounds and windows; unknown metrics
//	history.go     stabilization, hold and dead band
//	rate.go        rate policies
//	steps.go       the steps lead from the current count to the desired one
package invariant
