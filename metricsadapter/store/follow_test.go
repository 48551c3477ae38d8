package store

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// following follows scrapes, at least once a minute.
func following(o *Options) { o.Period, o.FollowScrapes = time.Minute, true }

func TestFollowingStoreSeesEachScrapeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.scraped(7*time.Second, 1, "__name__", "x", "namespace", "shop", "pod", "a") // every 15 s
		s := open(t, p, following)
		pass(t, s, 10*time.Minute, "shop")
		from := time.Now()
		pass(t, s, 10*time.Minute, "shop")
		queries := p.since(from)
		if n := len(queries); n < 39 || n > 42 {
			t.Errorf("after 10 minutes, 40 scrapes cause %d queries", n)
		}
		late := 0
		for _, q := range queries {
			if q.time.Add(-7*time.Second).Sub(begunAt)%(15*time.Second) > time.Second {
				late++
			}
		}
		if late > 2 {
			t.Errorf("%d queries are later than 1s after a scrape", late)
		}
		if n := len(p.since(time.Time{})) - len(queries); n > 40+12 {
			t.Errorf("in the first 10 minutes, 40 scrapes cause %d queries", n)
		}
	})
}

// begunAt is the start of every bubble.
var begunAt = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestFollowingStoreKeepsPeriodWithoutSampleTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(1, "shop")
		s := open(t, p, following, func(o *Options) { o.NoSampleTimes = true })
		pass(t, s, 30*time.Minute, "shop")
		if n := len(p.since(time.Time{})); n < 29 || n > 32 {
			t.Errorf("in 30 periods there are %d queries", n)
		}
	})
}

func TestFollowingStoreAsksFailingServerNoMoreOften(t *testing.T) {
	for _, test := range []struct {
		name string
		fail func(p *fakePrometheus)
		most int
	}{
		{"a server that hangs", func(p *fakePrometheus) { p.slow = func(string) time.Duration { return time.Minute } }, 31},
		{"a slow server", func(p *fakePrometheus) { p.slow = func(string) time.Duration { return 6 * time.Second } }, 31},
		{"a query over its budget", func(p *fakePrometheus) {
			n := 0
			p.fails = func(string) error {
				if n++; n%6 == 0 {
					return prom.NewError(prom.OverBudget, errors.New("over budget"))
				}
				return nil
			}
		}, 38},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newFakePrometheus()
				p.pods(1, "shop")
				s := open(t, p, following)
				pass(t, s, 10*time.Minute, "shop")
				p.change(func() { test.fail(p) })
				pass(t, s, 2*time.Minute, "shop")
				from := time.Now()
				pass(t, s, 30*time.Minute, "shop")
				if n := len(p.since(from)); n > test.most {
					t.Errorf("in 30 periods there are %d queries", n)
				}
			})
		})
	}
}

func TestFollowingStoreFindsFirstSamplesSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		s := open(t, p, following, func(o *Options) { o.Period = 5 * time.Minute })
		s.Read(t.Context(), wants("shop"))
		time.Sleep(5 * time.Second) // a target starts
		for after := time.Duration(0); after < 10*time.Minute; after += time.Second {
			p.Add(time.Now().Add(after), 1, "__name__", "x", "namespace", "shop", "pod", "a")
		}
		time.Sleep(9 * time.Second)
		if v := value(t, s, "a"); v.State != plan.Known {
			t.Errorf("9s after its first sample, the value is %+v", v)
		}
		time.Sleep(5 * time.Second)
		if v := value(t, s, "a"); time.Since(v.Time) > 2*time.Second {
			t.Errorf("14s after its first sample, the value is %s old", time.Since(v.Time))
		}
		from := time.Now()
		pass(t, s, time.Minute, "shop")
		if n := len(p.since(from)); n < 55 || n > 62 {
			t.Errorf("60 scrapes cause %d queries", n)
		}
	})
}

func TestFollowingStoreKeepsPeriodOfEmptyResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		s := open(t, p, following)
		pass(t, s, 30*time.Minute, "shop")
		if n := len(p.since(time.Time{})); n > 30+maxCredit/probeCost {
			t.Errorf("in 30 periods there are %d queries", n)
		}
	})
}

func TestPeekIsNoRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(1, "shop")
		s := open(t, p, following)
		if a := s.Peek(byPod); a.Table != nil || a.Err != nil {
			t.Errorf("before a read, the answer is %+v", a)
		}
		read(t, s, "shop")
		for range 60 {
			time.Sleep(10 * time.Second)
			s.Peek(byPod)
		}
		if s.Len() != 0 {
			t.Error("peeks keep a query")
		}
	})
}
