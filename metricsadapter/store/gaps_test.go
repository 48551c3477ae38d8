package store

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

var rates = []plan.Request{{Query: plan.Query{Text: `sum by (namespace, pod) (rate(x[2m]))`, Namespace: "namespace", Object: "pod"}}}

// reason returns why the only row of the rates is partial.
func reason(t *testing.T, s *Store) string {
	t.Helper()
	table, err := s.Read(t.Context(), rates)[0].Fresh(time.Now(), time.Hour)
	if err != nil || table.Len() != 1 {
		t.Fatal(table, err)
	}
	return table.PartialReason(&table.Rows()[0])
}

// TestGapsNeedNoAdditionalQuery: a value, its sample times and its gaps take two queries in each period, and the first refresh
// after a restart of the program reports a gap, too.
func TestGapsNeedNoAdditionalQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		labels := []string{"__name__", "x", "namespace", "shop", "pod", "a"}
		p.scrapedFor(0, 5*time.Minute, 1, labels...)
		p.scrapedFor(8*time.Minute, time.Hour, 1, labels...) // from 7m on: Prometheus is down for two minutes
		time.Sleep(7*time.Minute + 20*time.Second)
		s := open(t, p)
		if got := reason(t, s); got != "range of 2m0s spans a gap in 1 of 1 series" {
			t.Errorf("at the first refresh after the gap the rate is partial because of %q", got)
		}
		for range 30 {
			time.Sleep(10 * time.Second)
			s.Read(t.Context(), rates)
		}
		if got := reason(t, s); got != "" {
			t.Errorf("five minutes after the gap the rate is still partial: %s", got)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if n := len(p.asked); n < 60 || n > 64 {
			t.Errorf("in 31 refreshes there were %d queries", n)
		}
	})
}

// TestUncheckedRangeIsPartialForALimitedTime: a short failure of the second query can belong to the outage that caused
// the gap; a lasting failure means that the server does not support the query.
func TestUncheckedRangeIsPartialForALimitedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.scraped(-10*time.Minute, 1, "__name__", "x", "namespace", "shop", "pod", "a")
		p.fails = func(query string) error {
			if strings.Contains(query, "timestamp(") {
				return prom.NewError(prom.Unreachable, errors.New("connection reset"))
			}
			return nil
		}
		s := open(t, p)
		if got := reason(t, s); got != "gaps in the range are unknown: the query for sample times failed: connection reset" {
			t.Errorf("the rate is partial because of %q", got)
		}
		for range 30 {
			time.Sleep(10 * time.Second)
			s.Read(t.Context(), rates)
		}
		if got := reason(t, s); got != "" {
			t.Errorf("after five minutes the rate is still partial: %s", got)
		}
	})
}

// TestRejectedGapQueryFallsBackToSampleTimes: a server whose limits reject the query for gaps still returns sample times.
func TestRejectedGapQueryFallsBackToSampleTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.scraped(-7*time.Second-10*time.Minute, 1, "__name__", "x", "namespace", "shop", "pod", "a")
		p.fails = func(query string) error {
			if strings.Contains(query, "max_over_time(") {
				return prom.NewError(prom.LimitExceeded, errors.New("too many samples"))
			}
			return nil
		}
		s := open(t, p)
		reason(t, s)
		time.Sleep(25 * time.Second)
		if got := reason(t, s); got != "" {
			t.Errorf("the rate is partial: %s", got)
		}
		if got := s.Entries()[0].Shards[0]; got.NoTimesReason != "" || got.Oldest.IsZero() {
			t.Errorf("the times are %+v", got)
		}
	})
}
