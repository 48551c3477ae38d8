package store

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// value returns the value of a pod in the namespace shop for a reader with a max age of one minute.
func value(t *testing.T, s *Store, pod string) plan.Value {
	t.Helper()
	table, err := s.Read(t.Context(), wants("shop"))[0].ForNamespace("shop").Fresh(time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return table.Merge(table.Object("shop", pod), plan.All, expr.Sum)
}

func TestAgeOfARowIsThatOfItsOldestSample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.scraped(-3*time.Second, 1, "__name__", "x", "namespace", "shop", "pod", "a", "code", "200")
		p.scraped(-14*time.Second, 1, "__name__", "x", "namespace", "shop", "pod", "a", "code", "500")
		v := value(t, open(t, p), "a")
		if v.State != plan.Known || v.Number != 2 || time.Since(v.Time) != 14*time.Second {
			t.Errorf("the value is %+v, %s old", v, time.Since(v.Time))
		}
	})
}

func TestStaleSeriesIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.scraped(0, 1, "__name__", "x", "namespace", "shop", "pod", "a")
		p.scrapedFor(0, time.Minute, 1, "__name__", "x", "namespace", "shop", "pod", "b") // without a staleness marker, as from cAdvisor
		s := open(t, p)
		pass(t, s, 3*time.Minute, "shop")
		a, b := value(t, s, "a"), value(t, s, "b")
		if a.State != plan.Known || b.State != plan.Unknown || !b.Stale || b.Problem != "the sample is 2m15s old, and must be at most 1m0s" {
			t.Errorf("the values are %+v and %+v", a, b)
		}
		pass(t, s, 4*time.Minute, "shop")
		if b := value(t, s, "b"); b.State != plan.Absent {
			t.Errorf("when Prometheus has none any more, the value is %+v", b)
		}
	})
}

func TestRangeOfEndedSeriesKeepsItsLastSampleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		labels := []string{"__name__", "x", "namespace", "shop", "pod", "a"}
		p.scrapedFor(0, time.Minute, 1, labels...)
		p.End(time.Now().Add(time.Minute), labels...) // the scrape of the target fails
		rate := []plan.Request{{Query: plan.Query{Text: `sum by (namespace, pod) (rate(x[3m]))`, Namespace: "namespace", Object: "pod"}}}
		s := open(t, p)
		for range 10 {
			s.Read(t.Context(), rate)
			time.Sleep(10 * time.Second)
		}
		table, err := s.Read(t.Context(), rate)[0].Fresh(time.Now(), time.Hour)
		if err != nil || table.Len() != 1 {
			t.Fatal(table, err)
		}
		if age := time.Since(table.Time(&table.Rows()[0])); age != 55*time.Second {
			t.Errorf("the sample is %s old, want 55s", age)
		}
	})
}

func TestWithoutSampleTimesAgeIsThatOfTheEvaluation(t *testing.T) {
	noTimes := func(query string) error {
		if strings.Contains(query, "timestamp(") {
			return prom.NewError(prom.LimitExceeded, errors.New("too many samples"))
		}
		return nil
	}
	for _, test := range []struct {
		name   string
		fails  func(string) error
		change func(*Options)
		warn   []string
		age    time.Duration
		want   string
	}{
		{"the query for times fails", noTimes, func(*Options) {}, nil, 0, "the query for sample times failed: too many samples"},
		{"times are disabled", nil, func(o *Options) { o.NoSampleTimes = true }, nil, 0, "sample times are disabled (--sample-times=false)"},
		{"times may be incomplete", nil, func(*Options) {}, []string{"a store is away"}, 7 * time.Second, "sample times may be incomplete: a store is away"},
		{"complete times", nil, func(*Options) {}, nil, 7 * time.Second, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newFakePrometheus()
				p.fails, p.warn = test.fails, test.warn
				p.scraped(-7*time.Second, 1, "__name__", "x", "namespace", "shop", "pod", "a")
				s := open(t, p, test.change)
				v := value(t, s, "a")
				if v.State != plan.Known || time.Since(v.Time) != test.age {
					t.Errorf("the value is %+v, %s old", v, time.Since(v.Time))
				}
				synctest.Wait()
				if got := s.Entries()[0].Shards[0].NoTimesReason; got != test.want {
					t.Errorf("it is untimed because of %q, want %q", got, test.want)
				}
			})
		})
	}
}

func TestFailingSampleTimesAreQueriedLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(1, "shop")
		times := 0
		p.fails = func(query string) error {
			if strings.Contains(query, "timestamp(") {
				times++
				return prom.NewError(prom.LimitExceeded, errors.New("too many samples"))
			}
			return nil
		}
		s := open(t, p)
		pass(t, s, 10*time.Minute, "shop")
		if n := len(p.since(time.Time{})); n < 59 || times < 4 || times > 10 {
			t.Errorf("in 60 periods there were %d values and %d times", n, times)
		}
		p.change(func() { p.fails = nil })
		pass(t, s, 3*time.Minute, "shop")
		if got := s.Entries()[0].Shards[0]; got.NoTimesReason != "" || got.Oldest.IsZero() {
			t.Errorf("after they can be told again: %+v", got)
		}
	})
}

func TestUngroupedQueryHasSampleTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.scraped(-4*time.Second, 2, "__name__", "x", "namespace", "shop")
		want := []plan.Request{{Query: plan.Query{Text: `sum(x{namespace="shop"}) / scalar(count(x))`}}}
		table, err := open(t, p).Read(t.Context(), want)[0].Fresh(time.Now(), time.Minute)
		if err != nil || table.Len() != 1 || time.Since(table.Time(&table.Rows()[0])) != 4*time.Second {
			t.Errorf("the table is %+v, %v", table, err)
		}
	})
}
