package adapterfaults

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/faults"
	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

// The upstream HPA reads through the API only, and gets the same errors.
func TestAPlainHPAIsNotMisled(t *testing.T) {
	testcluster.Parallel(t)
	s := newStory(t, "plain")
	s.apply(autoscaler("autoscaling/v2", "HorizontalPodAutoscaler", s.app))
	s.runFault(faultCases["hangup"])
}

// The exporter drops the series: Prometheus answers without an error and without a sample.
func TestSeriesGoStale(t *testing.T) {
	testcluster.Parallel(t)
	s := newStory(t, "stale")
	s.autoscaled()

	written, began := logFromNow(t), time.Now()
	if err := shared.Load.Set(t.Context(), s.namespace, s.app, load.Demand{Unknown: true}); err != nil {
		t.Fatal(err)
	}
	messages := []string{"requests_stale", "Prometheus has no sample"}
	s.becomesUnknown(http.StatusNotFound, messages...)
	s.staysUnknown(3*time.Second, http.StatusNotFound, messages...)
	s.loggedOnce(written, "The result of a query is empty")
	if n := counted(t, "flyball_query_rows", s.rule()); n != 0 {
		t.Errorf("the adapter's metrics tell of %g rows", n)
	}
	unaffected.fine(t, began)
	s.load(quiet)
	s.prometheusHas(requestsOf(s.app).Query)
	s.recovers(0)
	s.scalesIn()
}

// One of several stores behind the server is down: the answer lacks a pod, and has a warning.
func TestWarnings(t *testing.T) {
	testcluster.Parallel(t)
	s := newStory(t, "partial")
	s.apply(strings.Replace(autoscaler("autoscaling.flyball.dev/v1alpha1", "HorizontalAutoscaler", s.app),
		"{type: Pods, pods: {metric: {name: requests_partial}", "{type: External, external: {metric: {name: all_of_partial}", 1))
	external := fmt.Sprintf("/apis/external.metrics.k8s.io/v1beta1/namespaces/%s/all_of_partial", s.namespace)
	s.eventually("the external metric", func() (bool, string) {
		body, refused := raw(t.Context(), external)
		return refused == nil && strings.Count(string(body), "metricName") == pods, fmt.Sprint(string(body), refused)
	})
	all := s.read()
	victim, others := all.list.Items[0].DescribedObject.Name, all.list.Items[1].DescribedObject.Name
	pod := func(name string) string {
		return fmt.Sprintf("/apis/custom.metrics.k8s.io/v1beta2/namespaces/%s/pods/%s/requests_partial", s.namespace, name)
	}

	const warning = "store gateway 10.0.0.7 is away"
	written, began := logFromNow(t), time.Now()
	incomplete := counted(t, "flyball_query_refreshes_total", s.rule(), `outcome="partial"`)
	mend := proxy.Inject(faults.Containing(`app="partial"`),
		faults.Partial(func(labels map[string]string) bool { return labels["pod"] == victim }, warning))
	defer mend()
	messages := []string{"the answer may be incomplete", warning}
	for name, path := range map[string]string{"the pod that is missing": pod(victim), "the sum over all": external} {
		s.eventually(name+" to be unknown", func() (bool, string) {
			_, refused := raw(t.Context(), path)
			return refused != nil, "it is served"
		})
	}
	for range 20 { // two seconds and more
		s.isRefused(ask(t.Context(), pod(victim)), http.StatusServiceUnavailable, messages...)
		_, refused := raw(t.Context(), external)
		s.isRefused(answer{refused: refused}, http.StatusServiceUnavailable, messages...)
		// A pod has one series, so the values of the other pods are complete.
		if a := ask(t.Context(), pod(others)); a.refused != nil || a.lowest() < 5 {
			t.Fatalf("a pod that is not missing is refused, too: %s", a)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if n := counted(t, "flyball_query_refreshes_total", s.rule(), `outcome="partial"`); n <= incomplete {
		t.Errorf("the adapter's metrics count %g answers that may be incomplete, and had %g before", n, incomplete)
	}
	// The fault affects two queries, because the external metric has a query of its own.
	if lines := written.lines(t, `app=\"partial\"`, "may be incomplete"); len(lines) != 2 {
		t.Errorf("the log has %d lines about it, want one for each query:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	unaffected.fine(t, began)
	s.load(quiet)
	mend()
	s.recovers(0)
	s.scalesIn()
}

// A rule whose query always fails affects no other rule.
func TestARuleThatFails(t *testing.T) {
	testcluster.Parallel(t)
	written, began := logFromNow(t), time.Now()
	for range 25 {
		a := read(t.Context(), unaffected.namespace, steady, failingRule.Name)
		if a.refused == nil || a.refused.Code != http.StatusServiceUnavailable || !strings.Contains(a.refused.Message, "found duplicate series") {
			t.Fatalf("got the answer %s, want 503 and Prometheus' own words", a)
		}
		if strings.Contains(a.refused.Message, lastKnown) {
			t.Fatalf("got the age of an answer that never came: %s", a)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if lines := written.lines(t, "http_requests_queued", "Query failed", "found duplicate series"); len(lines) != 1 {
		t.Errorf("the log has %d lines about it, want 1:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	unaffected.fine(t, began)
}

// Twenty thousand series are within the limit and served. A hundred thousand exceed it: the adapter rejects the whole
// answer, because a part of it could lack any pod. The test keeps the processors busy, so no other test runs beside it.
func TestTooManySeries(t *testing.T) {
	s := newStory(t, "flood")
	s.autoscaled()
	began := time.Now()
	mend := proxy.Inject(faults.Containing(`app="flood"`), faults.Flooded(20_000, "pod"))
	defer mend()
	for range 30 {
		s.servesOnlyTrueValues(s.read())
		time.Sleep(100 * time.Millisecond)
	}
	unaffected.fine(t, began)
	mend()
	s.runFault(faultCase{
		faults.Flooded(100_000, "pod"), http.StatusServiceUnavailable,
		[]string{fmt.Sprintf("more than %d series", maxSeries), lastKnown},
		"too_much", timeout,
	})
}
