// Package differential compares the engine with upstream's own controller. Both play the same sequences of pods, metrics,
// specs, writes and restarts. Each step must end with the same replicas, the same failure or success of the computation, and
// the same status and reason of every condition.
//
//	generator ─► Step ─┬─► apiServer ─► upstream's HorizontalController ─┐
//	  (by a seed)      └─► twin ──────► engine.Decide ───────────────────┴─► compare ─► summary, or shrink and print
//
// The engine decides each step twice from the same state. With every correction off it must agree with upstream, and the
// sequence goes on with that decision. With all of them on it may differ, but only where switching off corrections restores
// upstream's outcome, and only in the cases that docs/hpa-compatibility.md states.
//
// Only exported parts of upstream are used: [k8s.io/kubernetes/pkg/controller/podautoscaler.HorizontalController.Run] runs
// in a bubble of testing/synctest, and the event handlers that it adds to its informers put objects into its queue. So its
// unexported methods need no linker flag, and its clock is that of the sequence.
//
// Two things are out of scope. Packages source and target make three corrections (LargeQuantities, OwnPods and
// ActuatedRequests) before the engine is called, and test them. The API server validates specs, so sequences have valid
// ones, except for one unknown metric type.
package differential
