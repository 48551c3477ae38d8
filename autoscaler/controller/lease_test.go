package controller

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"flyball.dev/flyball/autoscaler/lease"
)

// TestAProcessStoppedPastItsLeaseWritesNothing: the process is stopped right before its write, as by SIGSTOP, for longer than its
// lease. The number is not written, which is no failure of the target, and the lease stays lost.
func TestAProcessStoppedPastItsLeaseWritesNothing(t *testing.T) {
	var stopped, checks atomic.Int64 // stopped for so many nanoseconds
	guard := lease.NewGuard(10*time.Minute, func() time.Time { return time.Now().Add(time.Duration(stopped.Load())) })
	liveWith(t, period, func(w *world) func() {
		w.held = func() error {
			if checks.Add(1) == 2 { // after the marks on pods
				stopped.Store(int64(27 * time.Minute))
			}
			return guard.Held()
		}
		if err := guard.Lock(fakeLock{}, func(error) {}).Update(t.Context(), fakeRecord); err != nil {
			t.Error(err)
		}
		return func() {}
	}, func(w *world) {
		w.readings.set(200, "")
		w.pass(3 * period)
		if len(w.scale.written()) > 0 {
			t.Errorf("%v was written after the lease was lost", w.scale.written())
		}
		if err := guard.Lost(); err == nil || !strings.Contains(err.Error(), "lasts 10m0s") {
			t.Errorf("the lease ended with %v, want a loss", err)
		}
		if events := w.newEvents(); slices.ContainsFunc(events, func(e string) bool { return strings.Contains(e, "FailedRescale") }) {
			t.Errorf("events %q report a failure of the target", events)
		}
	}, web())
}

// TestWritesContinueWithTheLease: a lease that is only in doubt, as after a step of the clock, delays the write.
func TestWritesContinueWithTheLease(t *testing.T) {
	var doubt atomic.Bool
	liveWith(t, period, func(w *world) func() {
		w.held = func() error {
			if doubt.Load() {
				return errors.New("in doubt")
			}
			return nil
		}
		return func() {}
	}, func(w *world) {
		doubt.Store(true)
		w.readings.set(200, "")
		w.pass(2 * period)
		if got := w.scale.now(); got != 4 {
			t.Fatalf("%d replicas without the lease, want 4", got)
		}
		doubt.Store(false)
		w.pass(period)
		if got := w.scale.now(); got != 8 {
			t.Errorf("%d replicas with the lease, want 8", got)
		}
	}, web())
}

// fakeLock is a lock that can always be renewed.
type fakeLock struct{ resourcelock.Interface }

var fakeRecord = resourcelock.LeaderElectionRecord{HolderIdentity: "a"}

func (fakeLock) Update(context.Context, resourcelock.LeaderElectionRecord) error { return nil }
