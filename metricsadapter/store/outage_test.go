package store

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

var (
	errGone    = prom.NewError(prom.Unreachable, errors.New("cannot reach Prometheus: connection refused"))
	errBadData = prom.NewError(prom.Refused, errors.New("Prometheus rejected the query: unknown function"))
	errProxied = prom.NewError(prom.Malformed, errors.New("the response is not from the Prometheus API but text/html"))
)

// TestRecoveryWithinAPeriod ends outages at different moments of the backoff.
func TestRecoveryWithinAPeriod(t *testing.T) {
	for _, kind := range []error{errGone, errProxied} {
		for outage := 7 * time.Second; outage < 3*time.Minute; outage += 13 * time.Second {
			synctest.Test(t, func(t *testing.T) {
				p := newFakePrometheus()
				p.pods(1, "shop")
				s := open(t, p)
				pass(t, s, 25*time.Second, "shop")
				p.change(func() { p.down = kind })
				pass(t, s, 10*time.Second, "shop")
				time.Sleep(outage)
				p.change(func() { p.down = nil })
				time.Sleep(10*time.Second + time.Millisecond)
				answer := s.Read(t.Context(), wants("shop"))[0]
				if answer.Err != nil || time.Since(answer.Time) > 10*time.Second {
					t.Errorf("a period after an outage of %s the answer is %s old, %v", outage, time.Since(answer.Time), answer.Err)
				}
				if state := s.Entries()[0].Shards[0].State; state != Closed {
					t.Errorf("the breaker is %s", state)
				}
			})
		}
	}
}

func TestFailedQueryBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.down = errGone
		s := open(t, p)
		pass(t, s, 2*time.Minute, "shop")
		asked := p.since(time.Time{})
		var gaps []time.Duration
		for i := range asked[1:] {
			gaps = append(gaps, asked[i+1].time.Sub(asked[i].time))
		}
		for i, want := range []time.Duration{1, 2, 4, 8, 10, 10, 10} {
			if want *= time.Second; gaps[i] > want || gaps[i] < want*9/10-1 {
				t.Errorf("the gaps are %v", gaps)
				break
			}
		}
		part := s.Entries()[0].Shards[0]
		if part.State != Open || part.Failures != len(asked) || !errors.Is(part.LastError, errGone) || !part.LastGood.IsZero() || !part.Next.After(time.Now()) {
			t.Errorf("the report is %+v", part)
		}
	})
}

func TestRetryIsReportedAsHalfOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.down = errGone
		s := open(t, p)
		pass(t, s, time.Minute, "shop")
		p.change(func() { p.slow = func(string) time.Duration { return 5 * time.Second } })
		seen := map[State]bool{}
		for range 30 {
			time.Sleep(time.Second)
			seen[s.Entries()[0].Shards[0].State] = true
		}
		if !seen[HalfOpen] || !seen[Open] || seen[Closed] {
			t.Errorf("the states are %v", seen)
		}
	})
}

func TestRejectedQueryIsRetriedOncePerPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(1, "shop")
		p.down = errBadData
		s := open(t, p)
		pass(t, s, time.Hour-time.Minute, "shop")
		if n := len(p.since(time.Time{})); n < 354 || n > 400 {
			t.Errorf("in 354 periods a wrong query was asked %d times", n)
		}
		p.change(func() { p.down = nil })
		time.Sleep(10*time.Second + time.Millisecond)
		if a := s.Read(t.Context(), wants("shop"))[0]; a.Err != nil {
			t.Errorf("after it is taken again: %v", a.Err)
		}
	})
}

func TestUnreachableServerIsNotQueriedForEachShard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		names := numbered(40)
		p.pods(2, names...)
		p.most = 10
		s := open(t, p)
		pass(t, s, 30*time.Second, names...)
		if n := len(s.Entries()[0].Shards); n < 8 {
			t.Fatalf("there are %d parts", n)
		}
		p.change(func() { p.down = errGone })
		pass(t, s, 30*time.Second, names...)
		before := time.Now()
		pass(t, s, 2*time.Minute, names...)
		if n := len(p.since(before)); n > 14 {
			t.Errorf("in 12 periods it was asked %d times", n)
		}
		for _, name := range names {
			if a := s.Read(t.Context(), wants(name))[0].ForNamespace(name); !errors.Is(a.Err, errGone) || a.Table == nil {
				t.Fatalf("%s gives %+v", name, a)
			}
		}
		p.change(func() { p.down = nil })
		time.Sleep(10*time.Second + time.Millisecond)
		for name, rows := range served(t, s, names...) {
			if a := s.Read(t.Context(), wants(name))[0].ForNamespace(name); rows != 2 || a.Err != nil {
				t.Errorf("a period after, %s has %d rows, %v", name, rows, a.Err)
			}
		}
	})
}

func TestSlowQueriesDoNotBlockOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus() // 10 concurrent queries
		p.pods(1, "shop")
		p.slow = func(query string) time.Duration {
			if strings.Contains(query, "slow") {
				return 30 * time.Second
			}
			return 100 * time.Millisecond
		}
		s := open(t, p)
		all := wants("shop")
		for i := range 30 {
			all = append(all, plan.Request{Query: plan.Query{Text: fmt.Sprintf(`sum(x) + sum(slow%d)`, i)}})
		}
		go func() {
			for {
				s.Read(t.Context(), all)
				select {
				case <-time.After(time.Second):
				case <-t.Context().Done():
					return
				}
			}
		}()
		pass(t, s, time.Minute, "shop")
		oldest := time.Duration(0)
		for range 60 {
			time.Sleep(5 * time.Second)
			oldest = max(oldest, time.Since(s.Read(t.Context(), wants("shop"))[0].Time))
		}
		if oldest > 16*time.Second {
			t.Errorf("beside 30 slow queries, an answer became %s old", oldest)
		}
	})
}

func TestNonFiniteValueAffectsOnlyItsPod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.scraped(0, 3, "__name__", "x", "namespace", "shop", "pod", "good")
		p.scraped(0, math.NaN(), "__name__", "x", "namespace", "shop", "pod", "nan")
		p.scraped(0, math.Inf(1), "__name__", "x", "namespace", "shop", "pod", "inf")
		s := open(t, p)
		for pod, want := range map[string]string{"good": "", "nan": "NaN", "inf": "infinite"} {
			v := value(t, s, pod)
			if (v.State == plan.Known) != (want == "") || !strings.Contains(v.Problem, want) {
				t.Errorf("%s is %+v", pod, v)
			}
		}
	})
}

func TestWarningMakesAbsentValuesUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(1, "shop")
		p.warn = []string{"a store is away"}
		var outcomes []string
		s := open(t, p, func(o *Options) { o.Observe = func(r Refresh) { outcomes = append(outcomes, r.Outcome) } })
		table := read(t, s, "shop")
		if v := table.Merge(table.Object("shop", "web-0"), plan.All, expr.Sum); v.State != plan.Known {
			t.Errorf("what is there is %+v", v)
		}
		v := table.Merge(table.Object("shop", "web-1"), plan.All, expr.Sum)
		if v.State != plan.Unknown || v.Problem != "the answer may be incomplete: a store is away" {
			t.Errorf("what is not there is %+v", v)
		}
		if synctest.Wait(); len(outcomes) != 1 || outcomes[0] != "partial" {
			t.Errorf("the outcomes are %v", outcomes)
		}
	})
}

func TestObserveAndEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(2, "shop", "bank")
		p.slow = func(string) time.Duration { return time.Second }
		var mu sync.Mutex
		var tries []Refresh
		s := open(t, p, func(o *Options) {
			o.Observe = func(r Refresh) {
				mu.Lock()
				defer mu.Unlock()
				tries = append(tries, r)
			}
		})
		begin := time.Now()
		read(t, s, "shop")
		s.Read(t.Context(), []plan.Request{{Query: plan.Query{Text: `broken(`}}})
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(tries) != 2 || tries[0].Outcome != "ok" || tries[0].Rows != 4 || tries[0].Duration != 2*time.Second ||
			!tries[0].Oldest.Equal(begin) || tries[1].Outcome != "refused" || tries[1].State != Closed {
			t.Errorf("the tries are %+v", tries)
		}
		entries := s.Entries()
		if len(entries) != 2 || entries[0].Query.Text != `broken(` || entries[0].Shards[0].LastError == nil {
			t.Fatalf("the entries are %+v", entries)
		}
		if good := entries[1].Shards[0]; good.Rows != 4 || !good.LastGood.Equal(begin) || !entries[1].LastRead.Equal(begin) || entries[1].ShardReason != "" {
			t.Errorf("the good one is %+v", entries[1])
		}
	})
}

func TestOffsetAndSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		s := open(t, p, func(o *Options) { o.NoSampleTimes, o.Offset, o.Spread = true, 3*time.Second, 2*time.Second })
		var all []plan.Request
		for i := range 50 {
			all = append(all, plan.Request{Query: plan.Query{Text: fmt.Sprintf("x%d", i)}})
		}
		s.Read(t.Context(), all)
		before := time.Now()
		time.Sleep(31 * time.Second)
		asked := p.since(before.Add(time.Second))
		for _, q := range asked {
			if place := time.Duration(q.time.UnixNano() % int64(10*time.Second)); place < 3*time.Second || place >= 5*time.Second {
				t.Errorf("%s was asked %s into the period", q.query, place)
			}
		}
		if len(asked) < 100 {
			t.Errorf("there were %d queries", len(asked))
		}
	})
}
