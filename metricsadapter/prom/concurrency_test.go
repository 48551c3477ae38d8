package prom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// bySpeed answers a query that contains slow after the time limit, and others in 50 ms.
func bySpeed(r *http.Request) (*http.Response, error) {
	form, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	takes := 50 * time.Millisecond
	if strings.Contains(string(form), "slow") {
		takes = time.Hour
	}
	select {
	case <-time.After(takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(twoSeries)), Request: r}, nil
}

// TestSlotsAreSharedByNamespace: while hundreds of slow queries of some namespaces wait, the queries of another namespace and of rules
// proceed.
func TestSlotsAreSharedByNamespace(t *testing.T) {
	for _, hostile := range []int{1, 5} {
		t.Run(fmt.Sprint(hostile, " hostile namespaces"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, Options{URL: "http://localhost", Transport: transport(bySpeed)})
				ctx, cancel := context.WithCancel(t.Context())
				var asking sync.WaitGroup
				for i := range hostile * 200 {
					asking.Go(func() {
						for ctx.Err() == nil {
							_, _ = client.Query(ctx, Request{Namespace: fmt.Sprint("hostile", i%hostile), Query: "slow", Time: instant}) // it is too slow
						}
					})
				}
				longest := map[string]time.Duration{}
				for range 40 {
					time.Sleep(15 * time.Second)
					for _, namespace := range []string{"victim", ""} {
						start := time.Now()
						if _, err := client.Query(ctx, Request{Namespace: namespace, Query: "x", Time: instant}); err != nil {
							t.Error(err)
						}
						longest[namespace] = max(longest[namespace], time.Since(start))
					}
				}
				cancel()
				asking.Wait()
				for namespace, took := range longest {
					if took > 15*time.Second {
						t.Errorf("a query of namespace %q took %s, want no more than a period of 15s", namespace, took)
					}
				}
			})
		})
	}
}

// TestNamespaceBudget: the client counts and rejects queries beyond the budget of a namespace; the error names the namespace,
// the budget and the flag.
func TestNamespaceBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		var sent atomic.Int64
		client := newClient(t, Options{
			URL: "http://localhost", Metrics: NewMetrics(registry), NamespaceBudget: 30 * time.Second, BudgetPeriod: 15 * time.Second,
			Transport: transport(func(r *http.Request) (*http.Response, error) { sent.Add(1); return bySpeed(r) }),
		})
		var refused atomic.Int64
		var asking sync.WaitGroup
		for range 100 {
			asking.Go(func() {
				_, err := client.Query(t.Context(), Request{Namespace: "greedy", Query: "slow", Time: instant})
				if failed, ok := errors.AsType[*Error](err); ok && failed.Kind == OverBudget {
					refused.Add(1)
					for _, part := range []string{"namespace greedy ", " 30s of query time per 15s (--namespace-query-budget)"} {
						if !strings.Contains(err.Error(), part) {
							t.Errorf("the error is %v, want %q in it", err, part)
						}
					}
				}
			})
		}
		asking.Wait()
		if sent.Load() > 10 || refused.Load() != 100-sent.Load() {
			t.Errorf("%d queries were sent and %d refused, want a few and the rest", sent.Load(), refused.Load())
		}
		for _, namespace := range []string{"modest", ""} {
			if _, err := client.Query(t.Context(), Request{Namespace: namespace, Query: "x", Time: instant}); err != nil {
				t.Errorf("a query of namespace %q: %v", namespace, err)
			}
		}
		time.Sleep(time.Minute)
		if _, err := client.Query(t.Context(), Request{Namespace: "greedy", Query: "x", Time: instant}); err != nil {
			t.Errorf("a minute later: %v", err)
		}
		if got := testutil.ToFloat64(client.fallback.options.Metrics.refused.WithLabelValues("default", "greedy")); got != float64(refused.Load()) {
			t.Errorf("%v refusals are counted, want %d", got, refused.Load())
		}
		if n := testutil.CollectAndCount(registry, "flyball_prometheus_queue_wait_seconds"); n != 2 {
			t.Errorf("there are %d classes of waits, want shared and namespace", n)
		}
	})
}

// TestNoSlotIsLost: a query that is canceled while it waits or when it is admitted keeps no slot.
func TestNoSlotIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, Options{URL: "http://localhost", MaxConcurrent: 2, Transport: transport(bySpeed)})
		var asking sync.WaitGroup
		for i := range 200 {
			asking.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*25*time.Millisecond)
				defer cancel()
				_, _ = client.Query(ctx, Request{Namespace: fmt.Sprint(i % 3), Query: "x", Time: instant}) // some are too late
			})
		}
		asking.Wait()
		turns := client.fallback.concurrency
		if waiting, running := turns.queue.Waiting(); waiting != 0 || running != 0 || len(turns.admitted) != 0 {
			t.Errorf("%d wait, %d run and %d are undecided, want none", waiting, running, len(turns.admitted))
		}
		if _, err := client.Query(t.Context(), Request{Query: "x", Time: instant}); err != nil {
			t.Error(err)
		}
	})
}

// TestNumberOfNamespacesIsBounded: the number of series by namespace is bounded for any number of namespaces.
func TestNumberOfNamespacesIsBounded(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := NewMetrics(registry)
	for i := range 1000 {
		m.observeWait("a", fmt.Sprint(i), 0, &Error{Kind: OverBudget})
	}
	if n := testutil.CollectAndCount(registry, "flyball_prometheus_over_budget_total"); n != maxNamespaces+1 {
		t.Errorf("there are %d series, want %d", n, maxNamespaces+1)
	}
}
