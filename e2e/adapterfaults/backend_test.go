package adapterfaults

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/faults"
	"flyball.dev/flyball/e2e/testcluster"
)

// faultCase is a fault of one query, and the API's error and the metrics of the adapter that it must cause.
type faultCase struct {
	fault faults.Fault
	// code of the API's error, and parts of its message.
	code     int32
	messages []string
	// outcome of the query in the adapter's own metric; empty where the query itself succeeds.
	outcome string
	// late is added to the period within which the metric must be served again, because a query is still running.
	late time.Duration
}

// lastKnown is in every error about an answer that no longer comes: the age of the last one.
var lastKnown = "s old, and must be at most " + maxAge.String()

var faultCases = map[string]faultCase{
	"hangup":    {faults.Killed, http.StatusServiceUnavailable, []string{"cannot reach Prometheus", lastKnown}, "unreachable", 0},
	"slow":      {faults.Slow(30 * time.Second), http.StatusServiceUnavailable, []string{"Prometheus did not respond in time", lastKnown}, "timeout", timeout},
	"truncated": {faults.Truncated, http.StatusServiceUnavailable, []string{"the response is not from the Prometheus API", lastKnown}, "malformed", 0},
	"page":      {faults.Page(200), http.StatusServiceUnavailable, []string{"not from the Prometheus API but text/html", "Please sign in", lastKnown}, "malformed", 0},
	"badgate":   {faults.Page(502), http.StatusServiceUnavailable, []string{"Prometheus failed: 502", "Please sign in", lastKnown}, "unreachable", 0},
	"unready": {
		faults.Failed(http.StatusServiceUnavailable, "unavailable", "replaying the log"),
		http.StatusServiceUnavailable,
		[]string{"Prometheus failed: 503", "replaying the log", lastKnown},
		"unreachable", 0,
	},
	"failing": {
		faults.Failed(http.StatusUnprocessableEntity, "execution", "found duplicate series"),
		http.StatusServiceUnavailable,
		[]string{"Prometheus rejected the query: found duplicate series", lastKnown},
		"too_much", 0,
	},
	"nan":       {faults.Values("NaN"), http.StatusNotFound, []string{"the value is NaN"}, "", 0},
	"infinite":  {faults.Values("+Inf"), http.StatusNotFound, []string{"the value is infinite"}, "", 0},
	"histogram": {faults.Histograms(), http.StatusNotFound, []string{"the value is a histogram"}, "", 0},
}

// applicationsWithRule are the applications that need a rule.
func applicationsWithRule() []string {
	return slices.Concat(slices.Sorted(maps.Keys(faultCases)), []string{"partial", "flood", "plain"})
}

func TestPrometheusHangsUp(t *testing.T)            { runFault(t, "hangup") }
func TestPrometheusTakesThirtySeconds(t *testing.T) { runFault(t, "slow") }
func TestTruncatedJSON(t *testing.T)                { runFault(t, "truncated") }
func TestAPageForSigningIn(t *testing.T)            { runFault(t, "page") }
func TestAPageOfABadGateway(t *testing.T)           { runFault(t, "badgate") }
func TestPrometheusIsNotReady(t *testing.T)         { runFault(t, "unready") }
func TestAQueryThatPrometheusRefuses(t *testing.T)  { runFault(t, "failing") }
func TestNaN(t *testing.T)                          { runFault(t, "nan") }
func TestInfinity(t *testing.T)                     { runFault(t, "infinite") }
func TestNativeHistograms(t *testing.T)             { runFault(t, "histogram") }

func runFault(t *testing.T, app string) {
	testcluster.Parallel(t)
	s := newStory(t, app)
	s.autoscaled()
	s.runFault(faultCases[app])
}

// runFault breaks the metric of the application for a while, in which the load falls.
func (s *story) runFault(test faultCase) {
	s.t.Helper()
	written, began := logFromNow(s.t), time.Now()
	queries := counted(s.t, "flyball_prometheus_query_duration_seconds_count", `outcome="`+test.outcome+`"`)
	mend := proxy.Inject(faults.Containing(`app="`+s.app+`"`), test.fault)
	defer mend()
	s.becomesUnknown(test.code, test.messages...)
	s.load(quiet)
	s.staysUnknown(3*time.Second, test.code, test.messages...)
	if test.outcome != "" {
		if now := counted(s.t, "flyball_prometheus_query_duration_seconds_count", `outcome="`+test.outcome+`"`); now <= queries {
			s.t.Errorf("the adapter's metrics count %g queries of outcome %s, and had %g before", now, test.outcome, queries)
		}
	}
	if test.outcome != "" {
		s.loggedOnce(written, "Query failed")
	} else {
		s.loggedOnce(written, "unusable values")
		if n := counted(s.t, "flyball_query_unusable_rows", s.rule()); n < 1 {
			s.t.Errorf("the adapter's metrics tell of %g rows that cannot be used", n)
		}
	}
	unaffected.fine(s.t, began)
	mend()
	s.recovers(test.late)
	s.scalesIn()
}

// becomesUnknown waits until reading the metric fails. Until then the last value may be served.
func (s *story) becomesUnknown(code int32, messages ...string) {
	s.t.Helper()
	began := time.Now()
	s.eventually("an error", func() (bool, string) {
		a := s.read()
		s.servesOnlyTrueValues(a)
		return a.refused != nil, a.String()
	})
	if took := time.Since(began); took > maxAge+period+allowance {
		s.t.Errorf("it took %.1f s until the metric was unknown", took.Seconds())
	}
	s.t.Logf("unknown after %.1f s: %s", time.Since(began).Seconds(), s.read())
	s.isRefused(s.read(), code, messages...)
}

// staysUnknown fails when the metric is served in this time, or the Deployment scales in.
func (s *story) staysUnknown(during time.Duration, code int32, messages ...string) {
	s.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end) && !s.t.Failed(); time.Sleep(100 * time.Millisecond) {
		s.isRefused(s.read(), code, messages...)
	}
}

func (s *story) isRefused(a answer, code int32, messages ...string) {
	s.t.Helper()
	if n := s.replicas(); n < pods {
		s.t.Fatalf("got %d replicas while the metric is unknown, want at least %d", n, pods)
	}
	if a.refused == nil || a.refused.Code != code {
		s.t.Fatalf("got the answer %s, want %d", a, code)
	}
	for _, words := range messages {
		if !strings.Contains(a.refused.Message, words) {
			s.t.Fatalf("got the answer %s, want a message with %q", a, words)
		}
	}
}

// servesOnlyTrueValues fails unless the values are those of the busy application, and at most maxAge old.
func (s *story) servesOnlyTrueValues(a answer) {
	s.t.Helper()
	if n := s.replicas(); n < pods {
		s.t.Fatalf("got %d replicas, want at least %d", n, pods)
	}
	// Timestamps are in whole seconds, so that an age is up to a second less than it seems.
	if a.refused == nil && (len(a.list.Items) != pods || a.lowest() < 5 || a.oldest() > maxAge+time.Second) {
		s.t.Fatalf("got wrong or too old values: %s", a)
	}
}

// rule is the label of the rule of the application in the adapter's metrics.
func (s *story) rule() string { return fmt.Sprintf("rule=%q", "custom pods requests_"+s.app) }

// loggedOnce fails unless the log has one line about the application since the fault began, with these words.
func (s *story) loggedOnce(written log, words string) {
	s.t.Helper()
	if lines := written.lines(s.t, `app=\"`+s.app+`\"`, words); len(lines) != 1 {
		s.t.Errorf("the log has %d lines with %q about it, want 1:\n%s", len(lines), words, strings.Join(lines, "\n"))
	}
}

// recovers waits until the metric is served again after the end of the fault.
func (s *story) recovers(late time.Duration) {
	s.t.Helper()
	began := time.Now()
	s.eventually("metric after the fault", func() (bool, string) {
		a := s.read()
		return a.refused == nil && len(a.list.Items) > 0, a.String()
	})
	took := time.Since(began)
	s.t.Logf("known again after %.2f s: %s", took.Seconds(), s.read())
	if most := period + allowance + late; took > most {
		s.t.Errorf("it took %.1f s until the metric was served again, want %s: a period, and %s for a busy machine", took.Seconds(), most, allowance)
	}
}

// scalesIn waits until the autoscaler has scaled in by the metric.
func (s *story) scalesIn() {
	s.t.Helper()
	s.eventually("scale-in to one replica", func() (bool, string) {
		n := s.replicas()
		return n == 1, fmt.Sprintf("%d replicas", n)
	})
}
