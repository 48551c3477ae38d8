package controller

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/queue"
)

// BenchmarkTick evaluates n idle autoscalers, whose metric moves by 2 %.
func BenchmarkTick(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("autoscalers=%d", n), func(b *testing.B) {
			ticks := newTicks(b, n)
			b.ReportAllocs()
			start := cpuTime(b)
			for b.Loop() {
				ticks.run()
			}
			b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N)/float64(n), "cpu-ns/evaluation")
		})
	}
}

// cpuTime is that of the process, which other processes do not change.
func cpuTime(tb testing.TB) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestIdleEvaluationsAllocateLittle bounds the memory that an evaluation without a change allocates, the fakes included.
func TestIdleEvaluationsAllocateLittle(t *testing.T) {
	const n = 1000
	ticks := newTicks(t, n)
	if got := testing.AllocsPerRun(20, ticks.run) / n; got > allocationBudget {
		t.Errorf("%.1f allocations per evaluation, want at most %d", got, allocationBudget)
	}
}

// ticks runs ticks of all autoscalers of a fleet, outside of a running loop.
type ticks struct {
	w    *world
	f    *fleet
	keys []cache.ObjectName
	now  time.Time
	runs int
	tb   testing.TB
}

func newTicks(tb testing.TB, n int) *ticks {
	f, w := newFleet(tb, n)
	t := &ticks{w: w, f: f, now: midnight, tb: tb}
	w.build()
	c := w.controller
	c.deps.Now = func() time.Time { return t.now }
	for _, object := range f.autoscalers {
		autoscaler := object.(*v1alpha1.HorizontalAutoscaler)
		if err := c.indexer.Add(autoscaler); err != nil {
			tb.Fatal(err)
		}
		key := nameOf(autoscaler.Name)
		compiled := &spec{autoscaler: autoscaler}
		compiled.policy, compiled.rejected = policy.Compile(autoscaler, policy.StandardDefaults())
		c.specs.put(key, compiled)
		t.keys = append(t.keys, key)
	}
	tb.Cleanup(func() {
		c.queue.ShutDown()
		c.statuses.queue.ShutDown()
	})
	for range 30 { // a full history
		t.run()
	}
	return t
}

// run evaluates each autoscaler once, a period later than before.
func (t *ticks) run() {
	t.runs++
	t.now = t.now.Add(period)
	for name := range t.f.targets {
		t.f.targets[name].load = 98 + int64(t.runs%5)
	}
	c := t.w.controller
	for _, key := range t.keys {
		c.queue.Add(key)
	}
	for evaluated := 0; evaluated < len(t.keys); {
		keys, _ := queue.Batch(c.queue)
		c.tick(t.tb.Context(), keys)
		evaluated += len(keys)
	}
}
