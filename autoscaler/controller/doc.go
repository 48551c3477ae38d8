// Package controller is the loop of the autoscaler. Each tick takes the autoscalers that are due, reads the inputs of all of them
// in bulk, calls package engine for each, and writes only changes. Each stage has a file of its name:
//
//	due ──► gather ──► decide ──► apply
//	queue   scales,    engine     scale, status, events
//	        pods,      (pure)
//	        metrics
//
// Autoscalers are spread over the period by a hash of their UID. A new spec, a changed ScaleWindow, a window edge and a new sample
// that changes the proposal (wake.go) make an autoscaler due at once. The loop stores the state of each autoscaler between ticks and passes it to the engine.
//
// Gathering and deciding run in one goroutine, the loop, so that its data needs no lock, except for the captured decisions
// (capture.go) and the times at which autoscalers are due (lateness.go). Requests to servers run beside the loop:
//
//   - the reads of a batch. While it waits for them, the loop handles window edges (window_edges.go);
//   - writes to targets (writes.go). The loop does not wait: an object is not evaluated again before its result has come back;
//   - status updates (status_writer.go) and events, whose results the loop does not need.
//
// The loop makes no decision and writes no explanation: these are in packages engine and explain.
package controller
