package shard

import (
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

var seeds = flag.Uint64("seeds", 1, "number of random sequences of faults; one takes seconds")

// TestShardsHaveOneHolder starts, stops, kills and disconnects processes at random, and lets their watches hang. At no time a
// shard has two holders; half a minute after the last change each has one, and the shares differ by one at most.
func TestShardsHaveOneHolder(t *testing.T) {
	for seed := range *seeds {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			w := newWorld(t)
			w.saving = time.Duration(random.Int64N(int64(LeaseDuration - RenewDeadline - RetryPeriod)))
			live := []*process{w.start(), w.start()}
			for range 40 {
				time.Sleep(time.Duration(random.IntN(15_000)) * time.Millisecond)
				live = slices.DeleteFunc(live, func(p *process) bool { return len(p.ended) > 0 })
				if len(live) < 2 {
					live = append(live, w.start())
					continue
				}
				p := live[random.IntN(len(live))]
				switch random.IntN(6) {
				case 0, 1:
					if len(live) < 5 {
						live = append(live, w.start())
					}
				case 2:
					p.stop()
				case 3:
					w.kill(p)
				case 4:
					p.down.Store(!p.down.Load())
				case 5:
					p.deaf.Store(!p.deaf.Load())
				}
			}
			for _, p := range live {
				p.down.Store(false)
				p.deaf.Store(false)
			}
			w.start()
			time.Sleep(30 * time.Second)
			held := w.held()
			if counts := slices.Collect(maps.Values(held)); held[""] > 0 || slices.Max(counts)-slices.Min(counts) > 1 {
				t.Errorf("seed %d: half a minute after the last change the shards are held by %v", seed, held)
			}
			for _, p := range w.processes {
				p.stop()
			}
			synctest.Wait()
			time.Sleep(time.Minute)
		})
	}
}

// TestAShardThatReturnsBeforeItsReleaseIsHeldAgain starts a second process and stops it while the first is still saving the state of
// the shards that the second would get.
func TestAShardThatReturnsBeforeItsReleaseIsHeldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.saving = 3 * time.Second
		first := w.start()
		time.Sleep(20 * time.Second)
		second := w.start()
		time.Sleep(time.Second)
		second.stop()
		time.Sleep(20 * time.Second)
		if held := w.held(); held[first.identity] != shards {
			t.Errorf("20 s after the second process has stopped the shards are held by %v", held)
		}
		first.stop()
		synctest.Wait()
		time.Sleep(time.Minute)
	})
}

// TestShardsOfADeadProcessAreTakenOver kills one of three processes, at each half second of a renewal. Another one takes its shards over
// in time, also if its watch hangs since before the last renewals.
func TestShardsOfADeadProcessAreTakenOver(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		for phase := range 4 {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				first, others := w.start(), []*process{w.start(), w.start()}
				time.Sleep(20*time.Second + time.Duration(phase)*time.Second/2)
				if held := w.held(); len(held) != 3 || held[""] > 0 {
					t.Fatalf("the shards are held by %v, want three processes", held)
				}
				for _, p := range others {
					p.deaf.Store(hangs)
				}
				time.Sleep(5 * time.Second)
				w.kill(first)
				killed := time.Now()
				for w.held()[""] > 0 && time.Since(killed) < time.Minute {
					time.Sleep(100 * time.Millisecond)
				}
				if gap := time.Since(killed); gap > LeaseDuration+RetryPeriod {
					t.Errorf("watches hang: %t: its shards were taken over after %s, want at most %s", hangs, gap, LeaseDuration+RetryPeriod)
				}
				for _, p := range w.processes {
					p.stop()
				}
				synctest.Wait()
				time.Sleep(time.Minute)
			})
		}
	}
}

// TestShardsMoveAtOnceWhenAProcessStops stops one of two processes.
func TestShardsMoveAtOnceWhenAProcessStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first, second := w.start(), w.start()
		time.Sleep(20 * time.Second)
		first.stop()
		time.Sleep(time.Second)
		if held := w.held(); held[second.identity] != shards {
			t.Errorf("a second after the other has stopped, the shards are held by %v", held)
		}
		if err := <-first.ended; err != nil {
			t.Errorf("got the error %v, want none after a stop", err)
		}
		second.stop()
		synctest.Wait()
		time.Sleep(time.Minute)
	})
}
