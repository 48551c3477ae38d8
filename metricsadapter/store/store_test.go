package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/metricsadapter/plan"
)

func TestFirstReadWaitsAndLaterReadsUseMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{delay: 3 * time.Second}
		store := start(t, s)
		begin := time.Now()
		first := store.Read(t.Context(), x)[0]
		if first.Err != nil || first.Table.Len() != 1 || time.Since(begin) != 3*time.Second {
			t.Fatalf("the first reader got %+v after %s", first, time.Since(begin))
		}
		if !first.Time.Equal(begin) {
			t.Errorf("the answer claims to be of %s, but was asked for %s", first.Time, begin)
		}
		for range 1000 {
			if a := store.Read(t.Context(), x)[0]; a.Table != first.Table {
				t.Fatal("another reader got another answer")
			}
		}
		if n := s.count(); n != 1 {
			t.Errorf("Prometheus was asked %d times", n)
		}
	})
}

func TestConcurrentReadersShareOneQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{delay: time.Second}
		store := start(t, s)
		var readers sync.WaitGroup
		for range 50 {
			readers.Go(func() {
				if a := store.Read(t.Context(), x)[0]; a.Err != nil {
					t.Error(a.Err)
				}
			})
		}
		readers.Wait()
		if n := s.count(); n != 1 {
			t.Errorf("Prometheus was asked %d times", n)
		}
	})
}

func TestQueriedOncePerPeriodUntilIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		store := start(t, s)
		for range 60 { // 10 minutes with a read every 10 s
			store.Read(t.Context(), x)
			time.Sleep(10 * time.Second)
		}
		if n := s.count(); n < 59 || n > 62 {
			t.Errorf("in 60 periods Prometheus was asked %d times", n)
		}
		time.Sleep(2 * time.Minute)
		before := s.count()
		time.Sleep(time.Hour)
		if n := s.count(); n != before || store.Len() != 0 {
			t.Errorf("with no reader Prometheus was asked %d times more, and %d queries are kept", n-before, store.Len())
		}
		if a := store.Read(t.Context(), x)[0]; a.Err != nil || !a.Time.Equal(time.Now()) {
			t.Errorf("the reader who came back got %+v", a)
		}
	})
}

func TestRefreshesAreHalfToOneAndAHalfPeriodsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		store := start(t, s)
		store.Read(t.Context(), x)
		time.Sleep(50 * time.Second)
		times := s.times()
		for i := range times[1:] {
			if gap := times[i+1].Sub(times[i]); gap < 5*time.Second || gap > 15*time.Second {
				t.Errorf("asked again after %s", gap)
			}
		}
		if len(times) < 4 {
			t.Errorf("asked %d times in 50 s", len(times))
		}
	})
}

func TestOutageKeepsTheLastAnswerAndItsAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		store := start(t, s)
		good := store.Read(t.Context(), x)[0]
		s.breakDown(errors.New("connection refused"))
		time.Sleep(30 * time.Second)
		during := store.Read(t.Context(), x)[0]
		if during.Table == nil || !during.Time.Before(time.Now()) || during.Err == nil {
			t.Fatalf("in the outage the answer is %+v", during)
		}
		if table, err := during.Fresh(time.Now(), 2*time.Minute); err != nil || table.Len() != during.Table.Len() {
			t.Errorf("a young answer is not believed: %v", err)
		} else if table.RefreshError != "connection refused" {
			t.Errorf("the answer does not say why there is no younger one, but %q", table.RefreshError)
		}
		for range 12 {
			time.Sleep(10 * time.Second)
			store.Read(t.Context(), x)
		}
		_, err := store.Read(t.Context(), x)[0].Fresh(time.Now(), 2*time.Minute)
		var stale *StaleError
		if !errors.As(err, &stale) || stale.Age < 2*time.Minute || !strings.Contains(err.Error(), "connection refused; the last successful answer is 2m") {
			t.Errorf("an old answer gives the error %v", err)
		}
		s.breakDown(nil)
		time.Sleep(15 * time.Second)
		after := store.Read(t.Context(), x)[0]
		if _, err := after.Fresh(time.Now(), 2*time.Minute); err != nil || after.Err != nil || after.Table == good.Table {
			t.Errorf("after the outage the answer is %+v: %v", after, err)
		}
	})
}

func TestInitialFailureIsReturnedImmediately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{broken: errors.New("connection refused")}
		store := start(t, s)
		a := store.Read(t.Context(), x)[0]
		if _, err := a.Fresh(time.Now(), time.Hour); err == nil || err.Error() != "connection refused" {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestReadDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{delay: 8 * time.Second}
		store := start(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		a := store.Read(ctx, x)[0]
		if a.Table != nil || !errors.Is(a.Err, context.DeadlineExceeded) {
			t.Errorf("the reader in a hurry got %+v", a)
		}
		time.Sleep(8 * time.Second)
		if a := store.Read(t.Context(), x)[0]; a.Table == nil || s.count() != 1 {
			t.Errorf("the answer was not kept for the next reader: %+v, asked %d times", a, s.count())
		}
	})
}

func TestEachServerIsQueriedSeparately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		start(t, s).Read(t.Context(), []plan.Request{{Query: plan.Query{Text: "x"}}, {Query: plan.Query{Server: "long-term", Text: "x"}}})
		slices.Sort(s.servers)
		if diff := cmp.Diff([]string{"", "long-term"}, s.servers); diff != "" {
			t.Errorf("servers (-want +got):\n%s", diff)
		}
	})
}

func TestClosedStoreRejectsNewQueries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := New(&server{delay: time.Hour}, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { store.Run(ctx); close(done) }()
		go store.Read(t.Context(), x)
		synctest.Wait()
		cancel()
		<-done
		if a := store.Read(t.Context(), []plan.Request{{Query: plan.Query{Text: "new"}}})[0]; a.Err == nil {
			t.Error("a closed store took a new query")
		}
	})
}

func TestQueriesAreSpreadOverThePeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		store := start(t, s)
		queries := make([]plan.Request, 200)
		for i := range queries {
			queries[i].Query.Text = strings.Repeat("x", i+1)
		}
		store.Read(t.Context(), queries)
		time.Sleep(35 * time.Second)
		seconds := map[int64]int{}
		for _, at := range s.times()[len(queries):] {
			seconds[at.Unix()%10]++
		}
		for second, n := range seconds {
			if n > 150 {
				t.Errorf("%d queries in second %d of the periods", n, second)
			}
		}
		if len(seconds) != 10 {
			t.Errorf("queries came in %d of 10 seconds", len(seconds))
		}
	})
}
