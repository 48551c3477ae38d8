// Package invariant checks the decisions of package engine in tests: the count is not below what the hold or the stabilization, the
// rate policies and the bounds allow, and not above what the rate policies and the bounds allow, by whichever rule it was decided. It
// is a simple second implementation of these rules: it keeps its own record of recommendations, requirements and changes, and calls
// no function of the engine that decides. It does not run in production.
//
//	checker.go        the Checker, its record, and the list of checks
//	bounds.go         bounds and windows; unknown metrics
//	stabilization.go  stabilization windows
//	hold.go           hold and dead band
//	rate_policy.go    rate policies
//	capacity.go       blocked pods
//	steps.go          the steps lead from the current count to the desired one
package invariant
