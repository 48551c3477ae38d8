package controller

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestStatusesStandBehindWrites: while writes to targets wait, two status updates are in flight, and the others wait for at most
// five seconds.
func TestStatusesStandBehindWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStatusSlots()
		s.setBehind(true)
		ctx, cancel := context.WithCancel(t.Context())
		begin, taken, refused := time.Now(), make(chan time.Duration, 100), make(chan error, 100)
		acquire := func(n int) {
			for range n {
				go func() {
					if err := s.acquire(ctx); err != nil {
						refused <- err
						return
					}
					taken <- time.Since(begin)
				}()
			}
			synctest.Wait()
		}
		expect := func(what string, n int) {
			t.Helper()
			synctest.Wait()
			if len(taken) != n {
				t.Errorf("%s: %d updates began at %s, want %d", what, len(taken), time.Since(begin), n)
			}
			for range len(taken) {
				<-taken
			}
		}
		acquire(10)
		expect("behind writes", statusesBehindWrites)
		s.release()
		expect("after one has ended", 1)
		s.setBehind(false)
		expect("no write waits", 7)
		s.setBehind(true)
		acquire(20)
		expect("behind writes again", 0)
		time.Sleep(statusYield)
		expect("after the longest wait", statusWriters-9) // 9 of the first 10 are still in flight
		cancel()
		synctest.Wait()
		if len(refused) != 20-(statusWriters-9) {
			t.Errorf("%d updates were given up at the end", len(refused))
		}
	})
}
