package adapterfaults

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

// steady is the application without a fault. Its load changes all the time.
const steady = "steady"

// observer reads the metric of the steady application during all tests, and stores the answers.
type observer struct {
	namespace string

	mu   sync.Mutex
	seen []answer
}

var unaffected observer

func startObserver(ctx context.Context) error {
	var err error
	if unaffected.namespace, err = shared.NewNamespace(ctx, steady); err != nil {
		return err
	}
	if err := shared.Apply(ctx, unaffected.namespace, deployment(steady, steady, 2)); err != nil {
		return err
	}
	if err := shared.Load.Set(ctx, unaffected.namespace, steady, load.Demand{Requests: 40}); err != nil {
		return err
	}
	err = shared.Wait(ctx, "the steady application's metric", func(ctx context.Context) (bool, error) {
		return len(read(ctx, unaffected.namespace, steady, "requests_"+steady).list.Items) == 2, nil
	})
	if err != nil {
		return err
	}
	go unaffected.watch(shared.Context())
	return nil
}

func (w *observer) watch(ctx context.Context) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if i%8 == 0 {
			_ = shared.Load.Set(ctx, w.namespace, steady, load.Demand{Requests: float64(40 + 20*(i/8%2))})
		}
		a := read(ctx, w.namespace, steady, "requests_"+steady)
		w.mu.Lock()
		w.seen = append(w.seen, a)
		w.mu.Unlock()
	}
}

// fine fails unless the values of the steady application were served since a time, recent, and changing.
func (w *observer) fine(t *testing.T, since time.Time) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	reads, oldest := 0, time.Duration(0)
	times, values := map[time.Time]bool{}, map[string]bool{}
	for _, a := range w.seen {
		if a.time.Before(since) {
			continue
		}
		reads++
		if a.refused != nil || len(a.list.Items) != 2 {
			t.Errorf("the fault affects another metric: %s", a)
			return
		}
		oldest = max(oldest, a.oldest())
		times[a.list.Items[0].Timestamp.Time] = true
		values[a.list.Items[0].Value.String()] = true
	}
	passed := time.Since(since)
	summary := fmt.Sprintf("in %.0f s: %d reads, of %d different times and %d different values, the oldest %.1f s old",
		passed.Seconds(), reads, len(times), len(values), oldest.Seconds())
	t.Logf("the unaffected metric %s", summary)
	// Timestamps are in whole seconds.
	if want := int(passed/(3*period)) + 1; len(times) < want || len(values) < want/2 || oldest > maxAge+time.Second {
		t.Errorf("the unaffected metric stood still %s", summary)
	}
}

// returns waits until the values of the steady application are served again, after a fault that affects all metrics.
func (w *observer) returns(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(testcluster.Patience); ; time.Sleep(50 * time.Millisecond) {
		a := read(t.Context(), w.namespace, steady, "requests_"+steady)
		if a.refused == nil && len(a.list.Items) == 2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the unaffected metric did not come back: %s", a)
		}
	}
}
