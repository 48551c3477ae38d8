package adapterfaults

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

// sharedMetrics are the metrics of many autoscalers, each of a Deployment of one pod.
const sharedMetrics = 20

var (
	manyScaled     = flag.Int("autoscalers", 200, "number of autoscalers that share the metrics")
	p99Goal        = flag.Duration("p99", 5*time.Second, "how long 99 of 100 reads of a metric from memory may take")
	readsPerSecond = flag.Int("reads-per-second", 50, "how often metrics are read from memory")
	readTime       = flag.Duration("read-time", 5*time.Second, "how long they are")
	readRefresh    = flag.Duration("read-refresh", period, "the adapter's refresh period during it")
)

// sharedRule is one of the few metrics. They are of the same pods, over different windows.
func sharedRule(i int) rule {
	return rule{
		Name:   sharedName(i),
		Query:  fmt.Sprintf(`sum by (namespace, pod) (rate(http_requests_total{namespace!="",pod!="",app=~"few-.+"}[%ds]))`, i+5),
		MaxAge: "1m", // what is counted here are queries, on a machine that is busy
	}
}

func sharedName(i int) string { return fmt.Sprintf("few_%02d", i) }

func isSharedMetric(query string) bool { return strings.Contains(query, `"few-.+"`) }

// The number of queries follows the number of metrics, whatever the number of autoscalers and of readers.
func TestFewQueriesServeManyAutoscalers(t *testing.T) {
	testcluster.AfterParallel(t)
	namespace := manyAutoscalers(t)

	t.Run("decisions", func(t *testing.T) {
		// The autoscaler queries Prometheus itself; no client has read these metrics from the adapter yet.
		wantQueries(t, fmt.Sprintf("%d autoscalers", *manyScaled), countQueries(t, period, 10), 1)
	})
	t.Run("reads", func(t *testing.T) {
		shared.Flyball.Autoscaler.Stop(t.Context()) // which has no need of the API
		refreshEach(t, *readRefresh)
		for i := range sharedMetrics {
			serves(t, namespace, sharedName(i))
		}
		idle := countQueries(t, *readRefresh, 3)
		var took []time.Duration
		busy := countQueriesWhile(t, *readRefresh, func() { took = readMany(t, namespace, *readTime) })
		slices.Sort(took)
		p50, p99 := took[len(took)/2], took[len(took)*99/100]
		t.Logf("%d reads a second for %s through the aggregated API, refreshed each %s: p50 %s, p99 %s, longest %s", *readsPerSecond, *readTime, *readRefresh,
			p50.Round(10*time.Microsecond), p99.Round(10*time.Microsecond), took[len(took)-1].Round(10*time.Microsecond))
		if p99 > *p99Goal {
			t.Errorf("p99 is %s, want %s", p99, *p99Goal)
		}
		wantQueries(t, "the adapter", idle, 1)
		wantQueries(t, "the adapter under its readers", busy, 1)
	})
}

// refreshEach has the adapter refresh its metrics in another period.
func refreshEach(t *testing.T, refresh time.Duration) {
	t.Helper()
	if refresh == period {
		return
	}
	adapter := shared.Flyball.Adapter
	adapter.Stop(t.Context())
	if err := adapter.Start("--refresh-period=" + refresh.String()); err != nil {
		t.Fatal(err)
	}
}

// serves waits until a metric is served.
func serves(t *testing.T, namespace, metric string) {
	t.Helper()
	err := shared.Wait(withPatience(t), "a value of "+metric, func(ctx context.Context) (bool, error) {
		return read(ctx, namespace, sharedApp(0), metric).refused == nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// count is how many queries for the few metrics came within some periods.
type count struct {
	periods float64
	// values and times are queries for the few metrics, and others those for the other metrics in use, by the proxy.
	// atPrometheus is all of them by Prometheus' own count.
	values, times, others, atPrometheus int
}

// wantQueries fails when one of the programs queries a metric more than once a period. A query that is early or late in its
// period may count once more.
func wantQueries(t *testing.T, client string, c count, programs int) {
	t.Helper()
	t.Logf("%s, %d metrics, %d programs that ask: in each of %.1f periods %.1f queries for values and %.1f for the times of samples; "+
		"with %.1f for other metrics, where Prometheus itself counts %.1f",
		client, sharedMetrics, programs, c.periods, float64(c.values)/c.periods, float64(c.times)/c.periods,
		float64(c.others)/c.periods, float64(c.atPrometheus)/c.periods)
	most := int(float64(programs*sharedMetrics) * (c.periods + 1))
	if c.values > most || c.times > most {
		t.Errorf("more than %d queries for values, or for times", most)
	}
	if c.values < programs*sharedMetrics {
		t.Errorf("fewer than %d queries for values: not every metric is asked for", programs*sharedMetrics)
	}
	// What is under way while one of them counts is in the count of the other.
	if passed := c.values + c.times + c.others; c.atPrometheus > passed+10*programs {
		t.Errorf("Prometheus counts %d queries, and %d came by the proxy", c.atPrometheus, passed)
	}
}

func countQueries(t *testing.T, refresh time.Duration, periods int) count {
	t.Helper()
	return countQueriesWhile(t, refresh, func() { time.Sleep(time.Duration(periods) * refresh) })
}

func countQueriesWhile(t *testing.T, refresh time.Duration, do func()) count {
	t.Helper()
	now := func() count {
		c := count{atPrometheus: prometheusCount(t)}
		for query, n := range proxy.Queries() {
			switch {
			case !isSharedMetric(query):
				c.others += n
			case isTimes(query):
				c.times += n
			default:
				c.values += n
			}
		}
		return c
	}
	began, before := time.Now(), now()
	do()
	after := now()
	return count{
		periods: time.Since(began).Seconds() / refresh.Seconds(),
		values:  after.values - before.values, times: after.times - before.times, others: after.others - before.others,
		atPrometheus: after.atPrometheus - before.atPrometheus,
	}
}

// prometheusCount is how many queries Prometheus has answered, by its own metrics.
func prometheusCount(t *testing.T) int {
	t.Helper()
	text, err := get(t.Context(), http.DefaultClient, shared.PrometheusURL+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return int(sum(text, "prometheus_http_requests_total", `handler="/api/v1/query"`))
}

// readMany reads one metric of one pod after the other as an HPA does, at a constant rate, and returns the durations.
func readMany(t *testing.T, namespace string, during time.Duration) []time.Duration {
	t.Helper()
	var (
		mu      sync.Mutex
		took    []time.Duration
		readers sync.WaitGroup
		tick    = time.NewTicker(time.Second / time.Duration(*readsPerSecond))
	)
	defer tick.Stop()
	for i := range int(during.Seconds()) * *readsPerSecond {
		<-tick.C
		readers.Go(func() {
			path := fmt.Sprintf("/apis/custom.metrics.k8s.io/v1beta2/namespaces/%s/pods/*/%s?labelSelector=instance%%3D%s",
				namespace, sharedName(i%sharedMetrics), scaled(i%(*manyScaled)))
			began := time.Now()
			a := ask(t.Context(), path)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(began))
			if a.refused != nil || len(a.list.Items) == 0 {
				t.Errorf("%s gave %s", path, a)
			}
		})
	}
	readers.Wait()
	return took
}

func scaled(i int) string { return fmt.Sprintf("few-%03d", i) }

func sharedApp(i int) string { return fmt.Sprintf("few-%02d", i%sharedMetrics) }

// manyAutoscalers makes the Deployments and their autoscalers, and returns once every autoscaler decides by its metric.
func manyAutoscalers(t *testing.T) (namespace string) {
	t.Helper()
	namespace, err := shared.NewNamespace(t.Context(), "few")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	err = forEachParallel(*manyScaled, func(i int) error {
		return shared.Create(t.Context(), namespace, deployment(scaled(i), sharedApp(i), 1))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = shared.Wait(withPatience(t), "the pod of every Deployment", func(ctx context.Context) (bool, error) {
		ready := 0
		for i := range sharedMetrics {
			if state, err := shared.Load.State(ctx, namespace, sharedApp(i)); err == nil { // else it has no pods yet
				ready += state.Ready
			}
		}
		return ready == *manyScaled, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range sharedMetrics {
		if err := shared.Load.Set(t.Context(), namespace, sharedApp(i), load.Demand{Requests: float64(8 * *manyScaled / sharedMetrics)}); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d pods are ready after %.0f s", *manyScaled, time.Since(began).Seconds())
	err = forEachParallel(*manyScaled, func(i int) error {
		manifest := autoscaler("autoscaling.flyball.dev/v1alpha1", "HorizontalAutoscaler", scaled(i))
		return shared.Create(t.Context(), namespace, strings.Replace(manifest, "requests_"+scaled(i), sharedName(i%sharedMetrics), 1))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = shared.Wait(withPatience(t), "every autoscaler to decide by its metric", func(ctx context.Context) (bool, error) {
		list, err := shared.API.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).List(ctx, metav1.ListOptions{ResourceVersion: "0"})
		if err != nil {
			return false, err
		}
		active := 0
		for i := range list.Items {
			if meta.IsStatusConditionTrue(list.Items[i].Status.Conditions, "ScalingActive") {
				active++
			}
		}
		return active == *manyScaled, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d autoscalers decide after %.0f s", *manyScaled, time.Since(began).Seconds())
	return namespace
}

func withPatience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*testcluster.Patience)
	t.Cleanup(cancel)
	return ctx
}

// forEachParallel does it n times, a few at once.
func forEachParallel(n int, do func(i int) error) error {
	failures := make([]error, n)
	var workers sync.WaitGroup
	for worker := range 16 {
		workers.Go(func() {
			for i := worker; i < n; i += 16 {
				failures[i] = do(i)
			}
		})
	}
	workers.Wait()
	return errors.Join(failures...)
}
