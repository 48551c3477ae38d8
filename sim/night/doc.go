// Package night simulates batch nights in virtual time: items wait in a queue, workers start late, take one after the other,
// and finish what they have begun when they are taken away. Each tick the very engine of the controller sees what a
// controller would see, and decides. A night is determined by its seed.
//
//	items ─► queue ─► workers (start, work, drain) ─► done, late
//	           │            │          plant.go
//	           └─ scrapes ──┴─► Observation ─► engine.Decide ─► Scale      run.go
//
// random.go makes nights up, least.go gives what the cheapest schedule costs that anyone could have found who knew all.
// docs/batch.md has the results.
package night
