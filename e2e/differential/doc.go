// Package differential holds the engine against upstream's own controller. Both go through the same sequences of
// pods, metrics, specs, writes and restarts, and each step must end alike: in the number that is written, in whether the
// computation failed, and in the status and reason of every condition.
//
//	generator ─► Step ─┬─► world ─► upstream's HorizontalController ─┐
//	  (by a seed)      └─► twin  ─► engine.Decide ───────────────────┴─► compare ─► tally, or shrink and print
//
// The engine decides each step twice from the same state. With every correction switched off it must agree with upstream,
// and that decision is what the sequence goes on with. With all of them on it may differ, but only where switching off
// corrections brings upstream's outcome back, and only in the circumstances that docs/hpa-compatibility.md tells.
//
// Upstream is reached through what it exports: [k8s.io/kubernetes/pkg/controller/podautoscaler.HorizontalController.Run]
// works in a bubble of testing/synctest, and the event handlers that it gives its informers put objects into its queue.
// So its unexported methods need no linker flag, and its clock is the sequence's.
//
// Reading is no part of it: three corrections, LargeQuantities, OwnPods and ActuatedRequests, are made before the engine sees anything, and
// have their own tests in packages source and target. Nor is the API server's validation: sequences hold valid specs,
// but for a metric type that nobody knows.
package differential
