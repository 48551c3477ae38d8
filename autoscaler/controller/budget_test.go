package controller

import (
	"fmt"
	"testing"
)

// allocationBudget is the number of allocations per idle evaluation.
const allocationBudget = 45

// TestIdleAutoscalersWriteNothing: 1,000 autoscalers whose metrics move by 2 % are evaluated once in each period, and cause no write
// of any kind.
func TestIdleAutoscalersWriteNothing(t *testing.T) {
	const n, periods = 1000, 2
	liveFleet(t, n, func(w *world, f *fleet) {
		w.pass(2 * period)
		w.client.ClearActions()
		w.kube.ClearActions()
		w.newEvents()
		for i := range n {
			f.change(fmt.Sprint("w", i), func(t *fleetTarget) { t.evaluations, t.writes, t.reads = 0, 0, 0 })
		}
		for range periods {
			for i := range n {
				f.change(fmt.Sprint("w", i), func(t *fleetTarget) { t.load = 98 + (t.load+1)%5 })
			}
			w.pass(period)
		}
		evaluations, writes, reads := 0, 0, 0
		for i := range n {
			got := f.get(fmt.Sprint("w", i))
			evaluations, writes, reads = evaluations+got.evaluations, writes+got.writes, reads+got.reads
		}
		if evaluations != n*periods || writes != 0 {
			t.Errorf("%d evaluations and %d writes, want %d and none", evaluations, writes, n*periods)
		}
		if reads != evaluations {
			t.Errorf("%d reads of scales", reads)
		}
		for _, action := range append(w.client.Actions(), w.kube.Actions()...) {
			t.Errorf("%s %s", action.GetVerb(), action.GetResource().Resource)
		}
		if events := w.newEvents(); len(events) != 0 {
			t.Errorf("events %q", events)
		}
	})
}
