// Package engine decides the replica count of a target. It is pure: [Decide] takes a [Spec], a [State], an [Observation] and the
// time, and returns a [Decision] and the next State. It reads no clock, starts no goroutine, writes no log and uses no Kubernetes
// type, so that the controller, the simulator and a replayed bundle decide the same for the same input.
//
// The chain of rules is one function, decide, in decide.go:
//
//	recommendation ─► damping ─► stabilization ─► rate policy ─► capacity ─► windows, bounds ─► desired
//	 propose.go        damp.go    stabilize.go     rate_policy.go  capacity.go  bounds.go
//	 batch.go
//	 highest.go
//
// Before it, a count outside the bounds in force is corrected without metrics. A target at zero has its own rules (zero.go).
//
// The algorithm is that of the HPA of Kubernetes 1.37; docs/hpa-compatibility.md has a row for each deliberate difference, a
// [Correction]. Each rule that makes or changes the count appends a [Step].
package engine
