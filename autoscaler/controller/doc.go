// Package controller is the loop. Each tick takes the autoscalers that are due, reads what all of them need in bulk,
// lets package engine decide each one, and writes only what changed:
//
//	due ──► gather ──► decide ──► apply
//	queue   scales,    engine     scale, status, events
//	        pods,      (pure)
//	        metrics
//
// Autoscalers are spread over the period by a hash of their UID. A new spec and the edge of a window make theirs due at
// once. What an autoscaler remembers between ticks is held here and handed to the engine as an argument; the engine
// itself remembers nothing.
//
// The loop is one goroutine, so that its memory needs no lock, but for what the last decisions were made of (capture.go),
// which others may ask for; only the requests of a batch run side by side, and while its metrics are under way the loop
// still meets the edges of windows (meanwhile.go). ScaleWindow objects are answered by another goroutine (windows.go), which
// puts what is accepted where the loop finds it (scalewindows.go). The loop decides nothing itself, and it holds no word of
// explanation: those come from package explain.
package controller
