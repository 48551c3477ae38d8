// Package engine decides how many replicas a target should have. It is pure: what it knows of the world is in an
// [Observation], what it remembers is a [State], the time is an argument, and all it gives back is a [Decision] and the
// next State. It reads no clock, starts no goroutine, logs nothing and knows no Kubernetes type, so that the
// controller, the simulator and a replayed bundle get the same answer from the same input.
//
// The road of one decision:
//
//	bounds in force ─► readings ─► each metric's proposal ─► largest ─► stabilisation ─► rate policies, bounds ─► desired
//	   bounds.go                    metric.go, bypods.go,     merge.go    stabilise.go      policy.go
//	                                whole.go, group.go
//
// A batch window that is worked for makes a proposal, too (batch.go): what package batch plans for it.
//
// Bounds, windows among them, come first: a count outside of them is corrected without a look at the metrics. A target
// at zero has its own rules (zero.go).
//
// The algorithm is that of the upstream HPA of Kubernetes 1.37; where it differs on purpose,
// docs/hpa-compatibility.md has a row. Each thing that made or changed the number is a [Step].
package engine
