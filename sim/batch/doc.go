// Package batch simulates batch windows in virtual time. Items wait in a queue. Workers start after a delay, process one item
// at a time, and finish the current item when they are scaled in. At each sync the engine of the controller decides on an
// observation that is one scrape old. The seed determines a night.
//
//	items ─► queue ─► workers (start, work, drain) ─► done, late
//	           │            │          plant.go
//	           └─ scrapes ──┴─► Observation ─► engine.Decide ─► Scale      run.go
//
// random.go generates nights. lower_bound.go computes a lower bound of the cost, which assumes that every arrival is known in
// advance. docs/batch.md has the results.
package batch
