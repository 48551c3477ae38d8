package main

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// period is the length of the duty cycle: in each one the CPU is busy for a part of it and idle for the rest.
const period = 50 * time.Millisecond

// fire burns CPU at a rate that may change.
type fire struct {
	rate atomic.Uint64 // CPU seconds per second, as float64 bits
}

// ignite starts burning nothing, until ctx is done.
func ignite(ctx context.Context) *fire {
	f := &fire{}
	go f.burn(ctx)
	return f
}

// set changes the CPU to burn, in millicores.
func (f *fire) set(millicores float64) { f.rate.Store(math.Float64bits(millicores / 1000)) }

func (f *fire) burn(ctx context.Context) {
	budget := budget(cpuTime())
	tick := time.NewTicker(period)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, used := time.Now(), cpuTime()
		budget.grow(math.Float64frombits(f.rate.Load()), now.Sub(last), used)
		last = now
		spend(used+budget.left(used), now.Add(period))
	}
}

// spend keeps as many threads busy as it takes until the process has used the CPU time given, or until the wall time.
func spend(until time.Duration, end time.Time) {
	threads := math.Ceil(float64(until-cpuTime()) / float64(time.Until(end)))
	var workers sync.WaitGroup
	for range int(min(threads, float64(runtime.GOMAXPROCS(0)))) {
		workers.Go(func() {
			for cpuTime() < until && time.Now().Before(end) {
				ashes.Store(churn())
			}
		})
	}
	workers.Wait()
}

// ashes keeps the compiler from removing work whose result is not used.
var ashes atomic.Uint64

// churn keeps the CPU busy for some microseconds.
func churn() uint64 {
	hash := uint64(14695981039346656037)
	for i := range uint64(10_000) {
		hash = (hash ^ i) * 1099511628211
	}
	return hash
}
