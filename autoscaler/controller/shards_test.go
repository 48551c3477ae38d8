package controller

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// hold makes the loop of a world hold a shard, until the returned function is called. That returns when the shard is released.
func (w *world) hold(shard int) (release func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	released := make(chan struct{})
	go func() {
		defer close(released)
		w.controller.Hold(ctx, shard)
	}()
	return func() {
		cancel()
		<-released
	}
}

// liveShards runs a story with two processes, each of which holds no shard of the fleet yet.
func liveShards(t *testing.T, n int, story func(first, second *world, f *fleet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f, first := newFleet(t, n)
		first.sharded = true
		second := *first
		first.start()
		second.start()
		story(first, &second, f)
		first.stop()
		second.stop()
	})
}

// evaluated returns the number of evaluations of each shard since the last call.
func (f *fleet) evaluated(w *world) (counts [2]int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := 0
	for name, target := range f.targets {
		if _, err := fmt.Sscanf(name, "w%d", &i); err != nil {
			w.t.Fatal(err)
		}
		counts[w.shardOf(i)] += target.evaluations
		target.evaluations = 0
	}
	return counts
}

func (w *world) shardOf(i int) int {
	return w.controller.deps.States.Shard(types.UID("uid-" + strconv.Itoa(i)))
}

// TestShardsAreEvaluatedByTheirHolders: each shard is evaluated by the process that holds it, and by none if none does.
func TestShardsAreEvaluatedByTheirHolders(t *testing.T) {
	const n = 40
	liveShards(t, n, func(first, second *world, f *fleet) {
		var size [2]int
		for i := range n {
			size[first.shardOf(i)]++
		}
		expect := func(when string, want [2]int) {
			t.Helper()
			first.pass(period) // a shard that is taken is due at once
			f.evaluated(first)
			first.pass(period)
			if got := f.evaluated(first); got != want {
				t.Errorf("%s: got %v evaluations of the shards in a period, want %v", when, got, want)
			}
		}
		expect("without a holder", [2]int{})
		releaseFirst := first.hold(0)
		expect("with a holder of shard 0", [2]int{size[0], 0})
		releaseSecond := second.hold(1)
		expect("with two holders", size)
		releaseFirst()
		expect("after shard 0 is released", [2]int{0, size[1]})
		second.hold(0)
		expect("after it is taken by another", size)
		releaseSecond()
		expect("after shard 1 is released", [2]int{size[0], 0})
	})
}

// TestShardMovesWithItsState moves both shards within the stabilization window of a scale-in: it happens once, when the window
// has passed, as without the move.
func TestShardMovesWithItsState(t *testing.T) {
	liveShards(t, 10, func(first, second *world, f *fleet) {
		releases := []func(){first.hold(0), first.hold(1)}
		first.pass(2 * period)
		for i := range 10 {
			f.change(fmt.Sprint("w", i), func(t *fleetTarget) { t.load = 25 })
		}
		fell := time.Now()
		first.pass(2 * time.Minute)
		for shard, release := range releases {
			release()
			second.hold(shard)
		}
		second.pass(10 * time.Minute)
		const stabilization = 5 * time.Minute
		for i := range 10 {
			got := f.get(fmt.Sprint("w", i))
			if got.replicas != 2 || len(got.written) != 1 {
				t.Fatalf("w%d has %d replicas after writes at %v", i, got.replicas, got.written)
			}
			if after := got.written[0].Sub(fell); after < stabilization-period || after > stabilization+period {
				t.Errorf("w%d scaled in %s after its load fell, want about %s", i, after, stabilization)
			}
		}
	})
}

// TestReleaseWaitsForWrites: a write in flight ends before a shard is released, and is not repeated by the next holder. One that
// hangs is canceled, and the next holder writes.
func TestReleaseWaitsForWrites(t *testing.T) {
	for name, tc := range map[string]struct {
		edit   func(t *fleetTarget)
		within time.Duration
		writes int
	}{
		"slow":  {func(t *fleetTarget) { t.slow = 500 * time.Millisecond }, 500 * time.Millisecond, 1},
		"hangs": {func(t *fleetTarget) { t.hangsWrite = true }, shardEndTimeout, 2},
	} {
		t.Run(name, func(t *testing.T) {
			liveShards(t, 1, func(first, second *world, f *fleet) {
				shard := first.shardOf(0)
				release := first.hold(shard)
				first.pass(2 * period)
				f.change("w0", func(t *fleetTarget) { t.load = 200; tc.edit(t) })
				for f.get("w0").writes == 0 {
					first.pass(10 * time.Millisecond)
				}
				began := time.Now()
				release()
				if took := time.Since(began); took > tc.within || took < tc.within/2 {
					t.Errorf("the release took %s, want up to %s", took, tc.within)
				}
				f.change("w0", func(t *fleetTarget) { t.hangsWrite = false })
				second.hold(shard)
				second.pass(2 * period)
				if got := f.get("w0"); got.replicas != 8 || got.writes != tc.writes || len(got.written) != 1 {
					t.Errorf("got %d replicas after %d writes, %d of them successful; want 8 after %d", got.replicas, got.writes, len(got.written), tc.writes)
				}
			})
		})
	}
}
